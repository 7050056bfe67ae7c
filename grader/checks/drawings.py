"""From a wrong answer to what a page can draw of it. Everything is bounded: a page is for one look."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from grader.checks.differences import as_numbers
from grader.core.drawing import Curves, Drawing, Heat, Histogram
from grader.core.observation import Value

SIDE = 24  # cells of a plane, in each direction
POINTS = 200  # of a curve
BINS = 24
DIGITS = 9


def of_difference(seen: Value, expected: Value, atol: float, rtol: float) -> Drawing | None:
    """A plane for a tensor with two axes or more, curves for a row of numbers; None where there is nothing to compare.

    That is so for other shapes, for single numbers, and where the reference itself has values that are not finite.
    """
    mine, theirs = _numbers(seen), _numbers(expected)
    if mine is None or theirs is None or mine.shape != theirs.shape or mine.numel() < 2:
        return None
    if not bool(torch.isfinite(theirs).all()):
        return None
    allowed = atol + rtol * theirs.abs()
    if mine.dim() == 1:
        step = math.ceil(len(mine) / POINTS)
        return Curves(_finite(mine[::step]), _finite(theirs[::step]), float(allowed.max()))
    return _heat((mine - theirs).abs().nan_to_num(nan=torch.inf, posinf=torch.inf), allowed)


def of_draws(seen: Value, low: float, high: float, share_below: Callable[[Tensor], Tensor]) -> Drawing | None:
    """The draws in bins between `low` and `high`; `share_below` is the distribution function that they should have."""
    sample = _numbers(seen)
    if sample is None or sample.numel() < 2:
        return None
    sample = sample.flatten()
    edges = torch.linspace(low, high, BINS + 1, dtype=torch.float64)
    inside = sample[(sample >= low) & (sample <= high)]
    counts = torch.histc(inside, BINS, low, high) if len(inside) else torch.zeros(BINS)
    expected = share_below(edges).diff() * len(sample)
    return Histogram(
        low, high, tuple(map(int, counts.tolist())), tuple(map(_short, expected.tolist())), len(sample) - len(inside)
    )


def _numbers(value: Value) -> Tensor | None:
    if isinstance(value, Tensor):
        return None if value.is_complex() else value.double()
    return as_numbers(value)


def _heat(gap: Tensor, allowed: Tensor) -> Heat | None:
    excess = torch.where(gap <= allowed, 0.0, gap)
    if not bool(excess.any()):  # it is the dtype that differs
        return None
    place = torch.unravel_index((excess - allowed).argmax(), gap.shape)
    *plane, row, column = (int(each) for each in place)
    shown = excess[tuple(plane)]
    block = math.ceil(max(shown.shape) / SIDE)
    padded = torch.zeros([math.ceil(length / block) * block for length in shown.shape], dtype=torch.float64)
    padded[: shown.shape[0], : shown.shape[1]] = shown
    cells = padded.unfold(0, block, block).unfold(1, block, block).amax((2, 3))
    largest, least = float(cells.max()), float(allowed.max()) or float(cells[cells > 0].min())
    rows = tuple("".join(str(_digit(cell, least, largest)) for cell in line) for line in cells.tolist())
    return Heat(rows, block, (row, column), tuple(plane))


def _digit(gap: float, least: float, largest: float) -> int:
    """From 1 for a difference that is just too large to 9 for the largest, by its logarithm; 0 for none."""
    if not gap:
        return 0
    if gap >= largest or largest <= least:
        return DIGITS
    if not math.isfinite(largest):  # beside NaN or infinity all else is near
        return 1
    return max(1, min(DIGITS, 1 + int((DIGITS - 1) * math.log(max(gap, least) / least) / math.log(largest / least))))


def _finite(numbers: Tensor) -> tuple[float | None, ...]:
    return tuple(_short(each) if math.isfinite(each) else None for each in numbers.tolist())


def _short(number: float) -> float:
    """Enough digits for a picture, and few for the file."""
    return float(f"{number:.4g}")
