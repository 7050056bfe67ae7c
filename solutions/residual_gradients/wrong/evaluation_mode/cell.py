# fails: coupled_points=WRONG_ANSWER skips_keep_gradients_together=WRONG_ANSWER
def compute_gradient_wrt_input(neural_network, x):
    neural_network.eval()
    for parameter in neural_network.parameters():
        parameter.requires_grad = False
    x = x.clone().requires_grad_(True)
    neural_network(x).sum().backward()
    return x.grad.reshape(1, -1)
