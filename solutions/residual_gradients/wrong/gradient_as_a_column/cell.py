# fails: known_derivatives=WRONG_ANSWER one_array_for_each_depth=WRONG_ANSWER follows_the_seed=WRONG_ANSWER draws_each_depth=WRONG_ANSWER inspects_other_depths=WRONG_ANSWER  # noqa: E501
def compute_gradient_wrt_input(neural_network, x):
    for parameter in neural_network.parameters():
        parameter.requires_grad = False
    x = x.clone().requires_grad_(True)
    neural_network(x).sum().backward()
    return x.grad
