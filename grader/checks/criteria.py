"""Criteria: pure comparisons of observed values with expected ones.

A criterion is called as `(seen, expected, given)`: what the student's code gave, what the reference gave, and the
trusted copy of the check's data file. It returns None where it is met, else the reason. Comparison is strict first
(type, shape, dtype, finiteness) and numeric only then, and a tolerance is scaled by the expected values alone, so that
huge or broadcastable results gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from grader.checks.differences import (
    Unmet,
    as_numbers,
    difference,
    kind,
    nonfinite,
    of_another_kind,
    shape_difference,
)
from grader.checks.distributions import not_normal, not_uniform
from grader.checks.drawings import of_difference, of_draws
from grader.core.drawing import Drawing
from grader.core.observation import Value, Values
from grader.core.verdict import Outcome

__all__ = [
    "accuracy",
    "answered",
    "any_seed",
    "close",
    "equal",
    "finite",
    "labels",
    "normal",
    "shaped",
    "unchanged",
    "uniform",
]

Given: TypeAlias = Mapping[str, Tensor]
Criterion: TypeAlias = Callable[[Values, Values, Given], Unmet | str | None]


def name_of(criterion: Criterion) -> str:
    """How to call a criterion in a message."""
    return getattr(criterion, "__name__", type(criterion).__name__)


def reads(criterion: Criterion) -> tuple[str, ...] | None:
    """Names of the values that the criterion judges; None for a plain function, which may read any."""
    return criterion.reads if isinstance(criterion, _OfOneValue) else None


def drawing(criterion: Criterion, seen: Values, expected: Values) -> Drawing | None:
    """What a page can draw of values that do not meet the criterion; None for a plain function."""
    return criterion.drawing(seen, expected) if isinstance(criterion, _OfOneValue) else None


def tolerance(criterion: Criterion, name: str) -> float | None:
    """The absolute tolerance within which the criterion compares `name` with the expected value; None if it does not.

    None for a plain function too: what it does is not known.
    """
    return criterion.tolerance if isinstance(criterion, _OfOneValue) and name in criterion.reads else None


def any_seed(criterion: Criterion) -> Criterion:
    """Mark a function of yours as one that right code meets whatever the seed: its check may have secret inputs."""
    criterion.any_seed = True  # type: ignore[attr-defined]
    return criterion


def takes_infinities(criteria: Iterable[Criterion], name: str) -> bool:
    """Whether `name` is compared, and may be infinite wherever it is."""
    compares = [each for each in criteria if isinstance(each, _OfOneValue) and name in each.reads]
    return bool(compares) and all(isinstance(each, close) and each.infinities for each in compares)


def holds_for_any_seed(criterion: Criterion) -> bool:
    """Whether right code meets it whatever the seed: no threshold, no test of draws, no function without `any_seed`."""
    return (
        type(criterion) in (close, equal, labels, shaped, finite, unchanged)
        or getattr(criterion, "any_seed", False) is True
    )


# Criteria read as words in a check: expect=[close("scores")]. Hence the lower-case class names.


@dataclass(frozen=True, slots=True)
class _OfOneValue:
    name: str

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the values that the criterion judges."""
        return (self.name,)

    @property
    def tolerance(self) -> float | None:
        """Within which the value is compared with the expected one, 0 for exactly; None where it is not compared."""
        return None

    def drawing(self, seen: Values, expected: Values) -> Drawing | None:
        """What a page can draw where the criterion is not met."""
        return None


@dataclass(frozen=True, slots=True)
class close(_OfOneValue):
    """Floating-point value `name` equals the expected one within `atol + rtol * |expected|`, elementwise.

    The value is a tensor, a number, or a (nested) list of numbers; type, shape and dtype must be the expected ones.
    With `infinities` the reference may give some, as masks and log-probabilities do: the same are asked for.
    """

    atol: float = 1e-3
    rtol: float = 0.0
    infinities: bool = False

    @property
    def tolerance(self) -> float:
        """The absolute part."""
        return self.atol

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        return difference(self.name, seen[self.name], expected[self.name], atol=self.atol, rtol=self.rtol)

    def drawing(self, seen: Values, expected: Values) -> Drawing | None:
        """Where it differs, or two curves."""
        return of_difference(seen[self.name], expected[self.name], self.atol, self.rtol)


@dataclass(frozen=True, slots=True)
class unchanged(close):
    """Argument `name` of the student's code, returned by the probe after the call, is still what it was.

    That is what the reference leaves: one that changes its argument on purpose is for `close`.
    """

    atol: float = 1e-6
    rtol: float = 1e-5
    infinities: bool = True

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        found = difference(self.name, seen[self.name], expected[self.name], atol=self.atol, rtol=self.rtol)
        if found is None:
            return None
        return Unmet(
            f"an argument was changed in place: {found.message}",
            "Leave what you are given as it is: compute a new tensor (`x = x + y` for `x += y`), or begin with a copy.",
        )


@dataclass(frozen=True, slots=True)
class equal(_OfOneValue):
    """Value `name` (tensor, text, number, list) equals the expected one exactly."""

    @property
    def tolerance(self) -> float:
        """Zero: exactly."""
        return 0.0

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        return difference(self.name, seen[self.name], expected[self.name])


@dataclass(frozen=True, slots=True)
class shaped(_OfOneValue):
    """Tensor `name` has the expected shape and dtype, whatever its values."""

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        mine, theirs = seen[self.name], expected[self.name]
        if not isinstance(mine, Tensor) or not isinstance(theirs, Tensor):
            return of_another_kind(self.name, mine, kind(theirs))
        if mine.dtype != theirs.dtype:
            return Unmet(f"`{self.name}` has dtype {mine.dtype}, expected {theirs.dtype}")
        return shape_difference(self.name, mine, theirs)


@dataclass(frozen=True, slots=True)
class finite(_OfOneValue):
    """Tensor, number or (nested) list of numbers `name` has neither NaN nor infinity."""

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        value = seen[self.name]
        numbers = value if isinstance(value, Tensor) else as_numbers(value)
        if numbers is None:
            return of_another_kind(self.name, value, "a tensor or numbers")
        return nonfinite(self.name, numbers)


@dataclass(frozen=True, slots=True)
class labels(_OfOneValue):
    """Class labels `name` equal the expected ones; any integer dtype will do."""

    @property
    def tolerance(self) -> float:
        """Zero: exactly."""
        return 0.0

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        mine, theirs = seen[self.name], expected[self.name]
        if not isinstance(mine, Tensor) or not isinstance(theirs, Tensor):
            return of_another_kind(self.name, mine, kind(theirs))
        if mine.is_floating_point() or mine.dtype is torch.bool:
            return Unmet(f"`{self.name}` has dtype {mine.dtype}, expected whole numbers", "Labels are class indices.")
        # Shape first: a huge tensor of bytes would be eight times as large as int64.
        return shape_difference(self.name, mine, theirs) or difference(self.name, mine.long(), theirs.long())


@dataclass(frozen=True, slots=True)
class accuracy(_OfOneValue):
    """The share of rows of scores `name` (shape N x C) whose largest entry is at the data file's label is `at_least`.

    The accuracy is computed here, from scores: a claimed accuracy earns nothing.
    """

    labels: str = "labels"
    at_least: float = 0.9

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        scores, truth = seen[self.name], given[self.labels]
        if not isinstance(scores, Tensor) or not scores.is_floating_point():
            return of_another_kind(self.name, scores, "a tensor of floating-point scores")
        if scores.dim() != 2 or len(scores) != len(truth) or not scores.shape[1]:
            return Unmet(
                f"`{self.name}` has shape {tuple(scores.shape)}, expected one row of scores for each of the "
                f"{len(truth)} samples"
            )
        if bad := nonfinite(self.name, scores):
            return bad
        hits, needed = int((scores.argmax(1) == truth).sum()), self.at_least
        if hits >= needed * len(truth):
            return None
        return Unmet(
            f"{hits} of {len(truth)} samples {'is' if hits == 1 else 'are'} classified correctly "
            f"({hits / len(truth):.0%}); at least {needed:.0%} is needed",
            "Does the loss fall? Look at the learning rate and momentum, and at zero_grad, backward and step.",
        )


@dataclass(frozen=True, slots=True)
class normal(_OfOneValue):
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
class uniform(_OfOneValue):
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


@dataclass(frozen=True, slots=True)
class answered(_OfOneValue):
    """Text `name` has been written: it is neither empty nor the template that the students were given."""

    template: str = ""

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        text = seen[self.name]
        if not isinstance(text, str):
            return of_another_kind(self.name, text, "text")
        if self.is_unwritten(text):
            return Unmet(f"`{self.name}` is not answered yet", "Write your answer in this text.", Outcome.NOT_ATTEMPTED)
        return None

    def is_unwritten(self, text: str) -> bool:
        """Whether it is empty or still the template, however it is spaced."""
        return _words(text) in ("", _words(self.template))


def _words(text: str) -> str:
    return " ".join(text.split())


def _no_sample(name: str, seen: Value, expected: Value) -> Unmet | None:
    """Why `seen` is not a sample that can be tested: a smaller one than the reference's could hide what is wrong."""
    if not isinstance(seen, Tensor) or not seen.is_floating_point():
        return of_another_kind(name, seen, "a floating-point tensor")
    if not isinstance(expected, Tensor):
        return of_another_kind(name, seen, kind(expected))
    return shape_difference(name, seen, expected) or nonfinite(name, seen)
