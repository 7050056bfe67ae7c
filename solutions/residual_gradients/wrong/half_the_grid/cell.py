# fails: x_is_a_grid=WRONG_ANSWER
x = torch.arange(-1, 1, 0.02).unsqueeze(1)
