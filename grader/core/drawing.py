"""What a page can draw of a wrong answer: small, and numbers only, whatever the student's code gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Heat:
    """Where a tensor differs, as a plane of its last two axes.

    `rows` are lines of digits: 0 is within what is allowed, and 9 the largest difference, on a logarithmic scale. Each
    digit is the worst of `block` values in both directions. `worst` is the row and column of the largest, before
    blocks, and `plane` the place along the axes before.
    """

    rows: tuple[str, ...]
    block: int
    worst: tuple[int, int]
    plane: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """Two rows of numbers side by side; None where one is not finite. `allowed` is how far apart they may be."""

    yours: tuple[float | None, ...]
    expected: tuple[float | None, ...]
    allowed: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Draws between `low` and `high`, counted in bins of one width, beside the number expected in each.

    `outside` more are not in the picture.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    expected: tuple[float, ...]
    outside: int


Drawing: TypeAlias = Heat | Curves | Histogram
