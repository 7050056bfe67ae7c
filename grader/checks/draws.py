"""Criteria on draws: what a probe returns is a sample, and its distribution is judged, not its values."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from grader.checks.criterion import Given, OfOneValue
from grader.checks.differences import Unmet, kind, nonfinite, of_another_kind, shape_difference
from grader.checks.distributions import not_normal, not_uniform
from grader.checks.drawings import of_draws
from grader.core.drawing import Drawing
from grader.core.observation import Value, Values

# Lower-case, as in `criteria`: they read as words in a check.


@dataclass(frozen=True, slots=True)
class normal(OfOneValue):
    """The values of tensor `name` look like independent draws from a normal distribution of this `std` and `mean`.

    A correct solution fails at most as often as `false_alarm` says. The tensor has the expected shape, any
    floating-point dtype; with 2,000 values a standard deviation that is off by a factor of the root of 2 is found.
    """

    std: float
    mean: float = 0.0
    false_alarm: float = 1e-9

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        sample = seen[self.name]
        if bad := _no_sample(self.name, sample, expected[self.name]):
            return bad
        assert isinstance(sample, Tensor)
        return not_normal(self.name, sample, mean=self.mean, std=self.std, false_alarm=self.false_alarm)

    def drawing(self, seen: Values, expected: Values) -> Drawing | None:
        """The draws beside the density, as far as four standard deviations."""
        low, high = self.mean - 4 * self.std, self.mean + 4 * self.std
        return of_draws(seen[self.name], low, high, lambda edge: torch.special.ndtr((edge - self.mean) / self.std))


@dataclass(frozen=True, slots=True)
class uniform(OfOneValue):
    """The values of tensor `name` look like independent draws from a uniform distribution between `low` and `high`.

    A correct solution fails at most as often as `false_alarm` says. The tensor has the expected shape, any
    floating-point dtype; with 2,000 values an interval that is too wide or too narrow by the root of 2 is found.
    """

    low: float
    high: float
    false_alarm: float = 1e-9

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        sample = seen[self.name]
        if bad := _no_sample(self.name, sample, expected[self.name]):
            return bad
        assert isinstance(sample, Tensor)
        return not_uniform(self.name, sample, low=self.low, high=self.high, false_alarm=self.false_alarm)

    def drawing(self, seen: Values, expected: Values) -> Drawing | None:
        """The draws beside the density, with as much room beside the interval as it is half wide."""
        width = self.high - self.low
        return of_draws(
            seen[self.name],
            self.low - width / 2,
            self.high + width / 2,
            lambda edge: ((edge - self.low) / width).clamp(0, 1),
        )


def _no_sample(name: str, seen: Value, expected: Value) -> Unmet | None:
    """Why `seen` is not a sample that can be tested: a smaller one than the reference's could hide what is wrong."""
    if not isinstance(seen, Tensor) or not seen.is_floating_point():
        return of_another_kind(name, seen, "a floating-point tensor")
    if not isinstance(expected, Tensor):
        return of_another_kind(name, seen, kind(expected))
    return shape_difference(name, seen, expected) or nonfinite(name, seen)
