# fails: sigmoid=WRONG_ANSWER both_gradients=WRONG_ANSWER sigmoid_of_other_shapes=WRONG_ANSWER
# `torch.Tensor(...)` and `.float()` lose the precision of float64.
def my_sigmoid(x):
    return 1 / (1 + torch.exp(-x.float()))


gradients = my_sigmoid_grad(my_sigmoid(points))
