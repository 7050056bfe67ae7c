"""What a criterion is: how it is called, what it reads, and how far from the expected value it lets a value be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from grader.checks.differences import Unmet
from grader.core.drawing import Drawing
from grader.core.observation import Values

Given: TypeAlias = Mapping[str, Tensor]
Criterion: TypeAlias = Callable[[Values, Values, Given], Unmet | str | None]


@dataclass(frozen=True, slots=True)
class OfOneValue:
    """A criterion on the value that a probe returns under this name."""

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


def name_of(criterion: Criterion) -> str:
    """How to call a criterion in a message."""
    return getattr(criterion, "__name__", type(criterion).__name__)


def is_ours(criterion: Criterion) -> bool:
    """Whether it is one that grader has, not an author's function or class."""
    return type(criterion).__module__.startswith("grader.")


def reads(criterion: Criterion) -> tuple[str, ...] | None:
    """Names of the values that the criterion judges; None for a plain function, which may read any."""
    return criterion.reads if isinstance(criterion, OfOneValue) else None


def drawing(criterion: Criterion, seen: Values, expected: Values) -> Drawing | None:
    """What a page can draw of values that do not meet the criterion; None for a plain function."""
    return criterion.drawing(seen, expected) if isinstance(criterion, OfOneValue) else None


def tolerance(criterion: Criterion, name: str) -> float | None:
    """The absolute tolerance within which the criterion compares `name` with the expected value; None if it does not.

    None for a plain function too: what it does is not known.
    """
    return criterion.tolerance if isinstance(criterion, OfOneValue) and name in criterion.reads else None
