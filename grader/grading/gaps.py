"""How far values of two runs are apart, and how far they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from grader.checks.checks import Check
from grader.checks.criteria import close, takes_infinities
from grader.checks.criterion import Criterion, reads, tolerance
from grader.checks.differences import nonfinite
from grader.checks.seeds import plain_name
from grader.core.observation import Value

ROUNDING = 1e-3
ENOUGH = 10  # a tolerance should be this many times the spread


def tolerance_of(check: Check, name: str) -> float:
    """The absolute tolerance within which `name` is compared with the expected value; 0 for what is compared exactly.

    What no criterion of ours compares (evidence, what a plain function or `accuracy` judges) gets a float32's rounding.
    """
    name = plain_name(name, check.seeds)
    within = (tolerance(criterion, name) for criterion in check.criteria)
    return next((each for each in within if each is not None), ROUNDING)


def unusable(check: Check, name: str, value: Value) -> str:
    """Why no student's `name` could be compared with this value; else empty."""
    if not isinstance(value, Tensor) or (takes_infinities(check.criteria, name) and not value.isnan().any()):
        return ""
    bad = nonfinite(name, value)
    remedy = "; where they are meant, write close(..., infinities=True)" if value.isinf().any() else ""
    return f"{bad.message} in the reference; expected values must be finite{remedy}" if bad else ""


def is_free(check: Check, name: str) -> bool:
    """Whether a criterion reads `name` without comparing it with an expected value: it may differ between machines."""
    name = plain_name(name, check.seeds)
    judged = [criterion for criterion in check.criteria if name in (reads(criterion) or ())]
    return bool(judged) and all(tolerance(criterion, name) is None for criterion in judged)


def widened(check: Check, apart: Mapping[str, float]) -> Check:
    """The check where right code is so far `apart` from the expected values: with tolerances that are enough for it.

    None becomes larger than `ENOUGH` times what the author has given.
    """

    def wide(criterion: Criterion) -> Criterion:
        if not isinstance(criterion, close):
            return criterion
        wanted = ENOUGH * min(apart.get(criterion.name, 0.0), criterion.atol)
        return replace(criterion, atol=max(wanted, criterion.atol))

    return replace(check, criteria=tuple(map(wide, check.criteria)))


def gap(first: Value, second: Value) -> float:
    """The largest absolute difference of two values; infinite where they are of different kinds or shapes."""
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        if first.shape != second.shape or first.dtype != second.dtype:
            return float("inf")
        apart = (first.double() - second.double()).abs().where(first != second, 0)
        return float(apart.nan_to_num(nan=float("inf")).max()) if first.numel() else 0.0
    if isinstance(first, float) and isinstance(second, float):
        return 0.0 if first == second else abs(first - second)
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return max(map(gap, first, second), default=0.0)
    return 0.0 if type(first) is type(second) and first == second else float("inf")
