# fails: parameters_stay=WRONG_ANSWER
# All gradients are asked for, those of the parameters too.
def compute_gradient_wrt_input(neural_network, x):
    x = x.clone().requires_grad_(True)
    neural_network(x).sum().backward()
    return x.grad.reshape(1, -1)
