"""The hidden checks of `vanishing_gradients`: the same functions on other shapes, networks of other widths."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from checks import (
    NAMES,
    ORDER,
    RARE,
    SEED,
    STACK,
    Case,
    draws_differ,
    gradients_fit_the_weights,
    gradients_of,
    never_seeded,
    outputs_of_given_weights,
    parameters_of,
    pooled_weights,
    stretch,
)

from grader import check, close, equal, normal, uniform

GLOROT_WIDTHS, GLOROT_MODELS = (100, 20, 10, 300, 12), 6
# Activations without a kink: weights and inputs are other ones for each seed, and at a kink the gradient jumps.
NETWORKS: dict[str, Case] = {
    "one_layer": {"builder": "build_model", "activation": "flat_softplus", "widths": (3, 4)},
    "build_model": {"builder": "build_model", "activation": "softplus", "widths": (3, 5, 4, 2)},
    "build_model_glorot": {
        "builder": "build_model_glorot", "activation": "flat_softplus", "widths": (4, 3, 6, 3, 5, 1),
    },
}  # fmt: skip


@check(points=1, seconds=5, expect=[close("activations", atol=1e-12), close("gradients", atol=1e-12)])
def sigmoid_of_other_shapes(hw: Any, seed: int) -> dict[str, Any]:
    """The sigmoid and its gradient work for tensors of any shape."""
    shape = (2, 3 + seed % 3, 4 + seed % 5)
    x = stretch(seed) * torch.linspace(-9, 8, math.prod(shape), dtype=torch.float64).reshape(shape)
    return {"activations": hw.my_sigmoid(x), "gradients": hw.my_sigmoid_grad(x / 30 + 0.5)}


@check(points=1, seconds=5, expect=[close("gradient", atol=1e-5)])
def autograd_of_other_shapes(hw: Any, seed: int) -> dict[str, Any]:
    """`gradient_by_autograd` works for tensors of any shape and dtype."""
    shape = (3 + seed % 3, 6 + seed % 4)
    x = stretch(seed) * torch.linspace(-1, 4, math.prod(shape)).reshape(shape)
    return {"gradient": hw.gradient_by_autograd(lambda values: values * torch.exp(-values), x)}


@check(points=2, seconds=5, cases=NETWORKS, expect=[equal("shapes"), close("outputs", atol=1e-4)], hint=ORDER)
def networks_of_other_widths(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """Networks of other widths and depths have the expected parameters and outputs."""
    builder, options = getattr(hw, case["builder"]), {"widths": wider(case["widths"], seed)}
    return {
        **parameters_of(builder(torch.nn.Tanh(), **options)),
        **outputs_of_given_weights(builder, case["activation"], seed, **options),
    }


@check(points=2, seconds=5, cases=NETWORKS, expect=[gradients_fit_the_weights], hint=STACK)
def gradients_of_other_widths(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """Gradients through networks of other widths are those of networks with the same weights."""
    return gradients_of(getattr(hw, case["builder"]), case["activation"], wider(case["widths"], seed), seed)


@check(
    points=1,
    seconds=10,
    expect=[draws_differ(*NAMES), never_seeded, *(uniform(name, low=-1, high=1, false_alarm=RARE) for name in NAMES)],
)
def uniform_weights_of_other_widths(hw: Any) -> dict[str, Any]:
    """Whatever the widths are, weights of `build_model` start as U(-1, 1)."""
    torch.manual_seed(SEED)
    return pooled_weights(hw.build_model, (7, 30, 9, 40, 8), 12)


@check(
    points=3,
    seconds=10,
    expect=[draws_differ(*NAMES), never_seeded, *(normal(name, std=math.sqrt(2 / (before + after)), false_alarm=RARE)
            for name, before, after in zip(NAMES, GLOROT_WIDTHS, GLOROT_WIDTHS[1:], strict=False))],
)  # fmt: skip
def glorot_weights_of_other_widths(hw: Any) -> dict[str, Any]:
    """Whatever the widths are, weights of `build_model_glorot` start as N(0, 2 / (inputs + outputs))."""
    torch.manual_seed(SEED)
    return pooled_weights(hw.build_model_glorot, GLOROT_WIDTHS, GLOROT_MODELS)


def wider(widths: Sequence[int], seed: int) -> tuple[int, ...]:
    """The same number of layers, each wider by as many nodes."""
    return tuple(width + seed % 4 for width in widths)
