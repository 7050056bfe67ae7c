# fails: sigmoid[far_out]=WRONG_ANSWER
# For large x this form is infinity divided by infinity.
def my_sigmoid(x):
    return torch.exp(x) / (1 + torch.exp(x))
