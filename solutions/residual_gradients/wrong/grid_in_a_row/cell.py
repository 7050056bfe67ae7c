# fails: x_is_a_grid=WRONG_ANSWER
x = torch.linspace(-1, 1, 100)
