"""Given: one batch, one backward pass, and a picture of the gradients that it leaves in each layer.

The batch is always the same for the same seed, so two pictures differ because of the models and nothing else.
"""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

POINTS = 100
NOISE = 0.05


def batch(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Inputs and targets, both float32 of shape (100, 2), drawn from a generator of their own.

    An input is (x0, x1) with x0 ~ U(-pi, pi) and x1 ~ U(0, 1). Its target is (sin(x0) + x1, cos(x0) + x1), each plus
    noise from N(0, 0.05²).
    """
    generator = torch.Generator().manual_seed(seed)  # the global one, which draws your weights, is left alone
    x0 = (2 * torch.rand(POINTS, generator=generator) - 1) * math.pi
    x1 = torch.rand(POINTS, generator=generator)
    targets = torch.stack([x0.sin() + x1, x0.cos() + x1], dim=1)
    return torch.stack([x0, x1], dim=1), targets + NOISE * torch.randn(POINTS, 2, generator=generator)


def weight_gradients(model: nn.Module, *, seed: int = 0) -> dict[str, Tensor]:
    """The gradient of the mean squared error on one batch, for each parameter whose name contains "weight".

    Gradients from before are set to zero first, so that a second call gives the same again. A layer is found if
    `model.named_parameters()` lists it: one that is kept in a plain Python list is not. Raises `ValueError` where no
    parameter is found, and where the loss does not depend on one.
    """
    inputs, targets = batch(seed)
    model.zero_grad()
    nn.functional.mse_loss(model(inputs), targets).backward()
    weights = {name: parameter for name, parameter in model.named_parameters() if "weight" in name}
    if not weights:
        raise ValueError("the model has no parameter whose name contains 'weight'; are its layers attributes of it?")
    unused = [name for name, weight in weights.items() if weight.grad is None]
    if unused:
        raise ValueError(f"the loss does not depend on {', '.join(unused)}; is every layer used in the forward pass?")
    return {name: weight.grad.detach().clone() for name, weight in weights.items() if weight.grad is not None}


def gradient_violins(model: nn.Module, title: str = "", *, seed: int = 0) -> Figure:
    """Draw one violin for each weight matrix of `model`, from the first layer to the last.

    Each dot is one element of the gradient; where a violin is wide, many have that value. The number below a violin is
    the mean of the absolute values. `model` takes (N, 2) to (N, 2).
    """
    gradients = [each.flatten() for each in weight_gradients(model, seed=seed).values()]
    places = range(1, len(gradients) + 1)
    figure, axes = plt.subplots(figsize=(max(5.0, 0.9 * len(gradients) + 1.5), 3.4), layout="constrained")
    axes.axhline(0, color="#c4c8ce", linewidth=1)
    axes.violinplot([each.numpy() for each in gradients], positions=places, widths=0.8, showextrema=False)
    for place, each in zip(places, gradients, strict=True):
        axes.plot([place] * len(each), each, ".", color="#1f5fa8", markersize=3)
    axes.set_xticks(places, [f"layer {i}\n{each.abs().mean():.1e}" for i, each in zip(places, gradients, strict=True)])
    axes.set(title=title, ylabel="gradient of the weights")
    return figure
