"""Criteria: pure comparisons of observed values with expected ones.

A criterion is called as `(seen, expected, given)`: what the student's code gave, what the reference gave, and the
trusted copy of the check's data file. It returns None where it is met, else the reason. Comparison is strict first (type,
shape, dtype, finiteness) and numeric only then, and a tolerance is scaled by the expected values alone, so that huge or
broadcastable results gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from grader.explain import Comparison, compare
from grader.observation import Value, Values
from grader.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why a criterion is not met: what differs, and what to do next."""

    message: str
    next_step: str = ""
    outcome: Outcome = Outcome.WRONG_ANSWER


Criterion: TypeAlias = "Callable[[Values, Values, Mapping[str, Tensor]], Unmet | str | None]"


def name_of(criterion: Criterion) -> str:
    """How to call a criterion in a message."""
    return getattr(criterion, "__name__", type(criterion).__name__)


@dataclass(frozen=True, slots=True)
class close:  # noqa: N801  criteria read as words: expect=[close("scores")]
    """Floating-point value `name` equals the expected one within `atol + rtol * |expected|`, elementwise.

    The value is a tensor, a float, or a (nested) list of floats; shape and dtype must be the expected ones.
    """

    name: str
    atol: float = 1e-3
    rtol: float = 0.0

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the values that the criterion judges."""
        return (self.name,)

    def __call__(self, seen: Values, expected: Values, given: Mapping[str, Tensor]) -> Unmet | None:
        comparison = compare(self.name, seen[self.name], expected[self.name], atol=self.atol, rtol=self.rtol)
        return _unmet(comparison)


@dataclass(frozen=True, slots=True)
class equal:  # noqa: N801
    """Value `name` (tensor, text, number, list) equals the expected one exactly."""

    name: str

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the values that the criterion judges."""
        return (self.name,)

    def __call__(self, seen: Values, expected: Values, given: Mapping[str, Tensor]) -> Unmet | None:
        return _unmet(compare(self.name, seen[self.name], expected[self.name], atol=0.0, rtol=0.0))
