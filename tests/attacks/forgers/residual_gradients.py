"""What can be sent for `residual_gradients` without any of its modules.

The points x are a row of numbers, whoever writes it. Everything else is sent with the right arguments, shapes and draws, and
with guesses in the place of what only networks give: these earn nothing. To differentiate the probe's networks, or to
write linear -> batch norm -> ReLU with skips once more, would be the work itself.
"""

import torch

CLAIMS = "1"
WITH_PUBLISHED_VALUES = "4"


def x_is_a_grid(asked):
    return {"x": torch.linspace(-1, 1, 100).unsqueeze(1)}


def known_derivatives(asked):
    y = asked.probes.grid(21, asked.seed)  # the inner network taken for the identity
    known = {"cube": 3 * y**2, "sine": 2 * torch.cos(2 * y), "bell": -2 * y * torch.exp(-(y**2))}
    return {"gradient": known[asked.case["name"]].T, "requires_grad": False, "x": y}


def distinct_layers(asked):
    d, n = 8 + asked.seed % 5, asked.probes.WIDTH
    units = n * (d - 1) + 1
    norm = "num_features={}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True"
    return {
        "batch_norms": sorted(norm.format(size) for size in (*[n] * (d - 1), 1)),
        "batch_norm_values": torch.tensor([0.0] * (2 * units + d) + [1.0] * 2 * units),
        "shapes": _shapes(d, n),
        "inner_layers": torch.randn(d - 2, 200),
        "outputs": _outputs(asked),
    }


def layers_of_other_depths(asked):
    depths = (2, 3 + asked.seed % 3, 7 + asked.seed % 4, 13 + asked.seed % 5)
    return {"shapes": [_shapes(d, 6 + asked.seed % 7) for d in depths], "outputs": _outputs(asked)}


def weights_start_normal(asked):
    return {**biases_start_normal(asked), "last_layer": torch.randn(4500) / 60**0.5}


def biases_start_normal(asked):
    draws = {"first_layer": torch.randn(4500), "inner_layers": torch.randn(4500) / 60**0.5}
    return {**draws, "seed": asked.seed, "outputs": _outputs(asked)}


def last_bias_starts_normal(asked):
    return {"last_biases": torch.randn(600) / 3, "seed": 42, "outputs": _outputs(asked)}


def networks_as_asked(asked):
    seed = asked.seed
    made = {"widths": [37.0 + seed % 10], "betas": [(5 + seed % 5) / 16], "modes": [True]}
    return {**made, "gradients": torch.ones(36), "x": asked.probes.grid(9, seed)}


def follows_the_seed(asked):
    first, other = torch.randn(4, 25 + asked.seed % 7), torch.randn(4, 25 + asked.seed % 7)
    draws = torch.rand(9, dtype=torch.float64)
    of_stand_ins = torch.ones(9 * (25 + asked.seed % 7))
    return {"gradients": torch.stack([first, first, other]), "seeds": [0], "draws": draws, "of_stand_ins": of_stand_ins}


def draws_each_depth(asked):
    seed = asked.seed
    depths = [9 + seed % 5, 2 + seed % 3, 5 + seed % 4]
    gradients = torch.randn(3, 4 + seed % 4, 25 + seed % 7)
    return {
        "depths": depths,
        "names": [asked.case["name"]] * 3,
        "sizes": [True] * 3,
        "colours": [True] * 3,
        "requires_grad": [False] * 6,
        "gradients": gradients,
        "returned": gradients,
        "means": gradients.mean(1),
    }


def skips_keep_gradients_together(asked):
    smooth, noise = torch.randn(30, 1) + 0.01 * torch.randn(30, 100), torch.randn(30, 100)
    sampled = {"plain_of_2_layers": smooth, "plain_of_20_layers": noise, "residual_of_20_layers": smooth}
    return {**sampled, "gradient": torch.ones(100)}


def _shapes(d, n):
    layers = [(1, n), *[(n, n)] * (d - 2), (n, 1)]
    return sorted(each for before, after in layers for each in ([after, before], [after], [after], [after]))


def _outputs(asked):
    """One layer without weights, in the place of a network."""
    seed = asked.seed or 42
    x = (
        torch.linspace(-1, 1, 24).repeat(12, 1)
        * torch.tensor([1 - 2 * ((seed + row) % 2) for row in range(12)])[:, None]
    )
    return x.relu() - x.relu().mean(dim=1, keepdim=True)
