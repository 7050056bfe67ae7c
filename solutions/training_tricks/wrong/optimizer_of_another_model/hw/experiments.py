# fails: learning_curve_of_a_given_model=WRONG_ANSWER compares_learning_rates=WRONG_ANSWER compares_momentum=WRONG_ANSWER compares_batchnorm=WRONG_ANSWER compares_blocks=WRONG_ANSWER first_steps_of_every_experiment=WRONG_ANSWER  # noqa: E501
"""The experiments: the same network trained in several ways, and the loss of every batch of each."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from .basic_model import BasicModel
from .blocks import CorrectBlock
from .models import CNN_Cifar10, CNNwithBN
from .resnet import ResNet, WrongBlock

Loader = DataLoader[Any]
Device = torch.device | str
Curves = dict[str, list[float]]
"""For each way of training, by its name, the loss of every batch."""


def learning_curve(
    make_model: Callable[[], BasicModel],
    make_optimizer: Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer],
    loader: Loader,
    epochs: int,
    device: Device = "cpu",
    seed: int = 0,
) -> list[float]:
    """Train a new model and return the loss of every batch, in order.

    Args:
        make_model: builds a model; its random weights follow from the seed.
        make_optimizer: builds the optimizer of some parameters.
        loader: the batches of one epoch.
        epochs: how often to go through them.
        device: where to compute.
        seed: torch's generator is set to this just before the model is built.
    """
    torch.manual_seed(seed)
    model = make_model().to(device)
    return model.fit(loader, make_optimizer(make_model().parameters()), epochs, device, verbose=False)


def learning_rates(loader: Loader, epochs: int, device: Device = "cpu") -> Curves:
    """Train CNN_Cifar10 with plain SGD. `small`: rate 0.001, `moderate`: 0.05, `too_large`: 0.9."""
    rates = {"small": 0.001, "moderate": 0.05, "too_large": 0.9}
    return {name: learning_curve(CNN_Cifar10, sgd(rate), loader, epochs, device) for name, rate in rates.items()}


def with_and_without_momentum(loader: Loader, epochs: int, device: Device = "cpu") -> Curves:
    """Train CNN_Cifar10 with SGD at a rate of 0.001. `without`: no momentum, `with_momentum`: 0.9."""
    return {
        "without": learning_curve(CNN_Cifar10, sgd(0.001), loader, epochs, device),
        "with_momentum": learning_curve(CNN_Cifar10, sgd(0.001, momentum=0.9), loader, epochs, device),
    }


def with_and_without_batchnorm(loader: Loader, epochs: int, device: Device = "cpu") -> Curves:
    """Train CNN_Cifar10 (`plain_...`) and CNNwithBN (`batchnorm_...`) with plain SGD at two rates.

    `plain_slow` and `batchnorm_slow`: rate 0.01; `plain_fast` and `batchnorm_fast`: 0.05.
    """
    return {
        f"{name}_{pace}": learning_curve(network, sgd(rate), loader, epochs, device)
        for name, network in SMALL_NETWORKS.items()
        for pace, rate in {"slow": 0.01, "fast": 0.05}.items()
    }


def plain_and_residual(loader: Loader, epochs: int, device: Device = "cpu") -> Curves:
    """Train a thin, deep ResNet of plain blocks (`plain`, WrongBlock) and one of residual blocks (`residual`).

    The networks are `deep_plain` and `deep_residual` below, the optimizer is `adam`.
    """
    return {
        "plain": learning_curve(deep_plain, adam, loader, epochs, device),
        "residual": learning_curve(deep_residual, adam, loader, epochs, device),
    }


# --- given: what to train, for `make_model` ---


SMALL_NETWORKS = {"plain": CNN_Cifar10, "batchnorm": CNNwithBN}


def deep_plain() -> BasicModel:
    """Build a thin ResNet of plain blocks, 34 layers deep."""
    return ResNet(WrongBlock, [4, 4, 4, 4], width=4)


def deep_residual() -> BasicModel:
    """Build the same network of residual blocks."""
    return ResNet(CorrectBlock, [4, 4, 4, 4], width=4)


# --- given: how to train it, for `make_optimizer` ---


def sgd(lr: float, momentum: float = 0.0) -> Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer]:
    """Return a function that builds an SGD optimizer with these settings."""
    return lambda parameters: torch.optim.SGD(parameters, lr=lr, momentum=momentum)


def adam(parameters: Iterator[nn.Parameter]) -> torch.optim.Optimizer:
    """Build an Adam optimizer with a learning rate of 0.003."""
    return torch.optim.Adam(parameters, lr=0.003)
