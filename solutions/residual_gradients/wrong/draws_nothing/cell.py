# fails: draws_each_depth=WRONG_ANSWER
def inspect_gradients(network_type, x, depths, num_iters, seed):
    torch.manual_seed(seed)
    found = {}
    for depth in depths:
        rows = []
        for _ in range(num_iters):
            network = residual1D(depth, WIDTH, BETA, skip=network_type == "residual")
            rows.append(compute_gradient_wrt_input(network, x))
        found[depth] = torch.cat(rows)
    return found
