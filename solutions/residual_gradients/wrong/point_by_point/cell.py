# fails: coupled_points=RUNTIME_ERROR follows_the_seed=RUNTIME_ERROR skips_keep_gradients_together=RUNTIME_ERROR
# Each point by itself: batch norm needs more than one.
def compute_gradient_wrt_input(neural_network, x):
    for parameter in neural_network.parameters():
        parameter.requires_grad = False
    gradients = []
    for point in x:
        point = point.clone().reshape(1, 1).requires_grad_(True)
        neural_network(point).backward()
        gradients.append(point.grad.reshape(()))
    return torch.stack(gradients).reshape(1, -1)
