# fails: two_numbers=WRONG_ANSWER
# A later cell uses `x` for the points of a plot.
x = torch.linspace(-10, 10, 101, dtype=torch.float64)
