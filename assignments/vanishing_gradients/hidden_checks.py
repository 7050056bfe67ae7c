"""The hidden checks of `vanishing_gradients`: the same functions on other shapes, networks of other widths."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from checks import (
    NAMES,
    ORDER,
    SEED,
    STACK,
    Case,
    draws_differ,
    expected_gradients,
    first_weights,
    glorot,
    gradients_of,
    never_seeded,
    outputs_of,
    parameters_of,
    right_layers,
    stretch,
    uniformly_drawn,
    waves,
)

from grader import check, close, equal

UNIFORM_WIDTHS, UNIFORM_MODELS = (7, 30, 9, 40, 8), 12
GLOROT_WIDTHS, GLOROT_MODELS = (100, 20, 10, 300, 12), 10
# Activations without a kink: weights and inputs are other ones for each seed, and at a kink the gradient jumps.
NETWORKS: dict[str, Case] = {
    "one_layer": {"builder": "build_model", "activation": "flat_softplus", "widths": (3, 4), "rows": 12},
    "build_model": {"builder": "build_model", "activation": "softplus", "widths": (3, 5, 4, 2), "rows": 1},
    "build_model_glorot": {
        "builder": "build_model_glorot", "activation": "flat_softplus", "widths": (4, 3, 6, 3, 5, 1), "rows": 12,
    },
}  # fmt: skip


@check(points=1, seconds=5, expect=[close("activations", atol=1e-12), close("gradients", atol=1e-12)])
def sigmoid_of_other_shapes(hw: Any, seed: int) -> dict[str, Any]:
    """The sigmoid and its gradient work for tensors of any shape."""
    shape = (2, 3 + seed % 3, 4 + seed % 5)
    x = stretch(seed) * torch.linspace(-9, 8, math.prod(shape), dtype=torch.float64).reshape(shape)
    return {"activations": hw.my_sigmoid(x), "gradients": hw.my_sigmoid_grad(x / 30 + 0.5)}


@check(points=2, seconds=5, expect=[close("gradient", atol=1e-5)])
def autograd_of_other_shapes(hw: Any, seed: int) -> dict[str, Any]:
    """`gradient_by_autograd` works for tensors of any shape and dtype."""
    shape = (3 + seed % 3, 6 + seed % 4)
    x = stretch(seed) * torch.linspace(-1, 4, math.prod(shape)).reshape(shape)
    return {"gradient": hw.gradient_by_autograd(waves(seed), x)}


@check(points=2, seconds=5, cases=NETWORKS, expect=[equal("shapes"), close("outputs", atol=1e-4)], hint=ORDER)
def networks_of_other_widths(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """Networks of other widths and depths have the expected parameters and outputs."""
    builder, widths = getattr(hw, case["builder"]), wider(case["widths"], seed)
    shapes = parameters_of(builder(torch.nn.Tanh(), widths=widths))
    return {**shapes, **outputs_of(builder, case["activation"], widths, seed, rows=case["rows"])}


@check(points=3, seconds=5, cases=NETWORKS, expect=[expected_gradients], hint=STACK)
def gradients_of_other_widths(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With given weights, gradients through networks of other widths are those of such networks."""
    return gradients_of(getattr(hw, case["builder"]), case["activation"], wider(case["widths"], seed), seed)


@check(points=1, seconds=5, expect=[draws_differ(*NAMES), never_seeded, *map(uniformly_drawn, NAMES), right_layers])
def uniform_weights_of_other_widths(hw: Any) -> dict[str, Any]:
    """Whatever the widths are, weights of `build_model` start as U(-1, 1)."""
    return first_weights(hw.build_model, UNIFORM_WIDTHS, UNIFORM_MODELS, SEED)


@check(points=2, seconds=5, expect=[draws_differ(*NAMES), never_seeded, *glorot(GLOROT_WIDTHS), right_layers])
def glorot_weights_of_other_widths(hw: Any) -> dict[str, Any]:
    """Whatever the widths are, weights of `build_model_glorot` start as N(0, 2 / (inputs + outputs))."""
    return first_weights(hw.build_model_glorot, GLOROT_WIDTHS, GLOROT_MODELS, SEED)


def wider(widths: Sequence[int], seed: int) -> tuple[int, ...]:
    """The same number of layers, each wider by as many nodes, and as many outputs."""
    return (*(width + seed % 4 for width in widths[:-1]), widths[-1])
