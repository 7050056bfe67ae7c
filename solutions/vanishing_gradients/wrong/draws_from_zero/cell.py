# fails: uniform_values=WRONG_ANSWER
# `torch.rand` draws from [0, 1].
def uniform_tensor(*shape):
    return torch.rand(*shape)
