# fails: one_array_for_each_depth[feedforward]=WRONG_ANSWER inspects_other_depths=WRONG_ANSWER
def inspect_gradients(network_type, x, depths, num_iters, seed):
    torch.manual_seed(seed)
    found = {}
    for depth in depths:
        rows = []
        for _ in range(num_iters):
            network = residual1D(depth, WIDTH, BETA)
            rows.append(compute_gradient_wrt_input(network, x))
        found[depth] = torch.cat(rows)
        visualize_gradients(found[depth], found[depth].mean(dim=0), (12, 3), "C0", network_type, depth)
    return found
