# fails: follows_the_seed=WRONG_ANSWER
def inspect_gradients(network_type, x, depths, num_iters, seed):
    found = {}
    for depth in depths:
        rows = []
        for _ in range(num_iters):
            network = residual1D(depth, WIDTH, BETA, skip=network_type == "residual")
            rows.append(compute_gradient_wrt_input(network, x))
        found[depth] = torch.cat(rows)
        visualize_gradients(found[depth], found[depth].mean(dim=0), (12, 3), "C0", network_type, depth)
    return found
