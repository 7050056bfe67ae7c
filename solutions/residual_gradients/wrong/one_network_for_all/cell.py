# fails: one_array_for_each_depth=WRONG_ANSWER follows_the_seed=WRONG_ANSWER draws_each_depth=WRONG_ANSWER inspects_other_depths=WRONG_ANSWER  # noqa: E501
def inspect_gradients(network_type, x, depths, num_iters, seed):
    torch.manual_seed(seed)
    found = {}
    for depth in depths:
        network = residual1D(depth, WIDTH, BETA, skip=network_type == "residual")
        found[depth] = torch.cat([compute_gradient_wrt_input(network, x) for _ in range(num_iters)])
        visualize_gradients(found[depth], found[depth].mean(dim=0), (12, 3), "C0", network_type, depth)
    return found
