# fails: known_derivatives=WRONG_ANSWER coupled_points=WRONG_ANSWER parameters_stay=WRONG_ANSWER one_array_for_each_depth=WRONG_ANSWER gradient_elsewhere=WRONG_ANSWER inspects_other_depths=WRONG_ANSWER  # noqa: E501
def compute_gradient_wrt_input(neural_network, x):
    for parameter in neural_network.parameters():
        parameter.requires_grad = False
    x = x.clone().requires_grad_(True)
    neural_network(x).mean().backward()
    return x.grad.reshape(1, -1)
