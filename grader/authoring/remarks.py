"""What can be said of checks before a mistake is made: points without the work, tolerances, symmetric data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import torch
from safetensors.torch import load_file
from torch import Tensor

from grader.assignment.assignment import Assignment
from grader.checks.checks import Check
from grader.checks.criteria import close
from grader.checks.seeds import plain_name
from grader.core.observation import Value
from grader.grading.claims import claimable, told
from grader.grading.context import GradingContext
from grader.grading.shaken import varying

LAST_DIGITS = 4  # by so many may right code differ that computes something else first


class Kind(StrEnum):
    """What a remark is about."""

    CLAIMED = "points without the work"
    SPREAD = "varies too much for its tolerance"
    RESOLUTION = "tolerance finer than the numbers"
    SYMMETRIC = "reads the same from both ends"


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence on a check, or on the file where several share what it is about."""

    kind: Kind
    about: str
    text: str


def remarks(context: GradingContext) -> tuple[Remark, ...]:
    """All that there is to say, of checks with the expected values of the context; twins say nothing new."""
    assignment = context.assignment
    claimed = claimable(assignment, assignment.checks, lambda check, case: context.expected[check.name].values[case])
    found = [
        Remark(kind, check.name, text)
        for check in assignment.checks
        for kind, texts in (
            (Kind.CLAIMED, told(check, claimed)),
            (Kind.SPREAD, varying(check, context.expected[check.name].spread)),
            (Kind.RESOLUTION, _too_fine(check, context)),
            (Kind.SYMMETRIC, _symmetric_data(assignment, check)),
        )
        for text in texts
    ]
    return (*found, *_symmetric_lists(assignment))


def _too_fine(check: Check, context: GradingContext) -> Iterator[str]:
    """Tolerances that right code may miss by the last digits of numbers as large as these."""
    values = [item for named in context.expected[check.name].values.values() for item in named.items()]
    for criterion in check.criteria:
        if isinstance(criterion, close):
            mine = (value for name, value in values if plain_name(name, check.seeds) == criterion.name)
            last_digit, largest = max(map(_last_digit, mine), default=(0.0, 0.0))
            within = criterion.atol + criterion.rtol * largest
            if 0 < within < LAST_DIGITS * last_digit:  # 0 is meant: what is to stay as it was
                yield (
                    f'"{criterion.name}" is compared within {within:.2g}, and the last digit of numbers as large as '
                    f"{largest:.3g} is worth {last_digit:.2g}"
                )


def _last_digit(value: Value) -> tuple[float, float]:
    """What the last digit of the largest number is worth in the value's dtype, and that number."""
    if not isinstance(value, Tensor) or not value.is_floating_point() or not value.numel():
        return 0.0, 0.0
    largest = float(value.abs().max())
    return largest * torch.finfo(value.dtype).eps, largest


def _symmetric_data(assignment: Assignment, check: Check) -> Iterator[str]:
    path = assignment.data_file(check)
    for name, tensor in (load_file(path) if path else {}).items():
        if tensor.dim() and len(tensor) > 1 and tensor.equal(tensor.flip(0)):
            yield f'"{name}" in {path.name if path else ""}'


def _symmetric_lists(assignment: Assignment) -> Iterator[Remark]:
    """Lists of numbers, of checks and of what they share: code that reads them backwards passes."""
    for file, source in assignment.check_files().items():
        for statement in ast.parse(source).body:
            about = statement.name if isinstance(statement, ast.FunctionDef) else file
            texts = (f"{ast.unparse(node)} in line {node.lineno}" for node in ast.walk(statement)
                     if isinstance(node, ast.List | ast.Tuple) and _is_symmetric(node))  # fmt: skip
            yield from (Remark(Kind.SYMMETRIC, about, text) for text in texts)


def _is_symmetric(node: ast.List | ast.Tuple) -> bool:
    try:
        numbers = ast.literal_eval(node)
    except ValueError:
        return False
    return len(numbers) > 1 and all(type(each) in (int, float) for each in numbers) and numbers == numbers[::-1]
