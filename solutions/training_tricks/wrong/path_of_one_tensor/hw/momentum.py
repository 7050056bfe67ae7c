# fails: descends_a_quadratic=WRONG_ANSWER descends_another_quadratic[strong]=WRONG_ANSWER descends_another_quadratic[weak]=WRONG_ANSWER  # noqa: E501
"""Momentum: the update rule by hand, and torch's optimizer that follows it."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn


def sgd_with_momentum(
    gradient: Callable[[Tensor], Tensor], start: Tensor, lr: float, momentum: float, steps: int
) -> Tensor:
    """Return the path of gradient descent with momentum, shape (steps + 1, n): where it starts, then every position.

    Args:
        gradient: gives the gradient at a position, (n,) -> (n,).
        start: the first position, (n,). It is not changed.
        lr: the learning rate.
        momentum: how much of the last velocity is kept; 0 is plain gradient descent. The first velocity is zero.
        steps: number of updates.
    """
    position, velocity = start, torch.zeros_like(start)
    path = [position]
    for _ in range(steps):
        velocity = momentum * velocity + gradient(position)
        position -= lr * velocity
        path.append(position)
    return torch.stack(path)


def momentum_optimizer(parameters: Iterable[nn.Parameter]) -> torch.optim.SGD:
    """Return torch's SGD with a learning rate of 0.001 and a momentum of 0.9."""
    return torch.optim.SGD(parameters, lr=0.001, momentum=0.9)
