"""Sums that end in other last digits: all that adds is a little off, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

from grader.worker.other_rounding import OtherRounding


@pytest.mark.parametrize("direction", [1, -1])
def test_sums_are_a_little_off(direction: int) -> None:
    """Products of matrices, means and gradients, by a few of the last digits, in the direction asked for."""
    x = torch.rand(8, 8, generator=torch.Generator().manual_seed(1))
    weight = torch.ones(8, 8, requires_grad=True)

    def computed() -> list[torch.Tensor]:
        loss = (x @ weight).softmax(1).square().mean()
        return [(x @ weight).detach(), x.mean(0), *torch.autograd.grad(loss, [weight])]

    right = computed()
    with OtherRounding(direction):
        off = computed()
    with OtherRounding(-direction):
        other = computed()
    for one, two, three in zip(right, off, other, strict=True):
        assert not one.equal(two) and torch.allclose(one, two, rtol=1e-5, atol=1e-6)
        assert ((one - two) * (one - three) <= 0).double().mean() > 0.7


def test_what_is_exact_in_every_order_stays() -> None:
    """Counts, whole numbers, what does not add; and the student's draws."""
    x = torch.rand(5, 5, generator=torch.Generator().manual_seed(1))
    hits = torch.tensor([1.0, 0.0, 1.0])

    def computed() -> list[torch.Tensor]:
        torch.manual_seed(0)
        return [hits.mean(), hits.sum(), (x > 0.5).sum(), x.relu() + 1, x.max(1).values, x.T.reshape(-1), torch.rand(3)]

    right = computed()
    with OtherRounding(1), Calls() as calls:
        assert all(one.equal(two) for one, two in zip(right, computed(), strict=True))
        x.sum()
    assert calls.names[-1] == "sum" and "square" not in calls.names


class Calls(TorchFunctionMode):
    """The names of all that is called, as probes list it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))
