"""The hidden checks of `residual_gradients`: the same claims with other numbers."""

from typing import Any

import torch
from checks import (
    ALIKE,
    DISTINCT,
    FORWARD,
    GRADIENT,
    NETWORK,
    ROWS,
    SEED,
    SEEDS,
    Case,
    Elementwise,
    as_numbers,
    by_depth,
    check,
    close,
    drawn,
    equal,
    first_values,
    given_network,
    grid,
    in_one_column,
    linears_of_new_networks,
    never_seeded,
    outputs_of_given_networks,
    resembles,
    watched,
    with_given_weights,
)
from torch import nn

FORWARDS: dict[str, Case] = {
    "two_layers": {"d": 2, "n": 7, "beta": 0.5, "skip": True},
    "deep": {"d": 12, "n": 4, "beta": 0.15, "skip": True},
    "beta_of_one": {"d": 5, "n": 6, "beta": 1.0, "skip": True},
    "plain_and_wide": {"d": 3, "n": 20, "beta": 0.7, "skip": False},
}


@check(points=2, seconds=5, expect=[close("gradient", atol=1e-4)], hint=GRADIENT)
def gradient_elsewhere(hw: Any, seed: int) -> dict[str, Any]:
    """compute_gradient_wrt_input gives the derivative of another function at other points."""
    points = 2 * grid(31 + seed % 10, seed) - 0.5
    network = nn.Sequential(*given_network(2 + seed % 5, seed, norm=False), Elementwise(lambda y: y * torch.cos(3 * y)))
    gradient = hw.compute_gradient_wrt_input(network, points)
    return {"gradient": as_numbers(gradient).reshape(-1)}


@check(points=3, seconds=5, cases=FORWARDS, expect=[in_one_column("out"), close("out", atol=FORWARD)],
       hint="No skip at the first and the last layer; beta multiplies the layer, not its input.")  # fmt: skip
def forward_of_other_sizes(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With given weights residual1D gives the expected outputs for other sizes."""
    return {"out": with_given_weights(hw.residual1D(**case), seed)(grid(17 + seed % 5, seed))}


@check(points=2, seconds=5, expect=[equal("shapes"), resembles("outputs", ALIKE, NETWORK)], hint=DISTINCT)
def layers_of_other_depths(hw: Any, seed: int) -> dict[str, Any]:
    """residual1D has as many layers as it is asked for, with and without skips."""
    depths = ((2, True), (3 + seed % 3, False), (7 + seed % 4, False), (13 + seed % 5, True))
    networks = [hw.residual1D(d, 6 + seed % 7, 0.3, skip=skip) for d, skip in depths]
    return {
        "shapes": [sorted(list(parameter.shape) for parameter in network.parameters()) for network in networks],
        "outputs": outputs_of_given_networks(hw, seed),
    }


@check(
    points=2,
    seconds=20,
    expect=[never_seeded, drawn("last_biases", std=1 / 3), resembles("outputs", ALIKE, NETWORK)],
    hint="The bias of the last layer is a draw from N(0, 1 / n) too.",
)
def last_bias_starts_normal(hw: Any) -> dict[str, Any]:
    """The biases of the last layers of 600 networks look drawn from N(0, 1 / in_features)."""
    found = linears_of_new_networks(hw, 600, SEED, d=2, n=9)
    return {
        "last_biases": first_values([each.bias for each in found if each.out_features == 1]),
        "seed": torch.initial_seed(),
        "outputs": outputs_of_given_networks(hw, SEED),
    }


@check(points=2, seconds=10, hint=ROWS,
       expect=[equal("depths"), equal("shapes"), equal("dtypes"), close("gradients", atol=1e-4)])  # fmt: skip
def inspects_other_depths(hw: Any, seed: int) -> dict[str, Any]:
    """inspect_gradients keeps depths, networks and points apart for other numbers, in any order of depths."""
    with watched(hw.inspect_gradients, seed):
        depths = [8 + seed % 3, 3, 4 + seed % 4, 11 + seed % 5]
        found = hw.inspect_gradients("feedforward", grid(31 + seed % 5, seed), depths, 3 + seed % 4, seed % SEEDS)
    return by_depth(found)
