"""What could be claimed: the points of cases that pass without a value that only a real run of the right code gives.

A submission decides what its room sends. Where criteria are met by zeros, by the same draws in two places or by the
right distribution, it gets the points by sending those; where they compare what was sent with itself and with nothing
of the reference's, by sending what fits. So every case is judged here on made-up answers, and the reference's own
answer is judged beside other expected values. A person who reads the probe may find more.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from grader.assignment.assignment import Assignment
from grader.checks.checks import Check
from grader.checks.criteria import accuracy, normal, uniform
from grader.checks.seeds import of_seed
from grader.core.errors import AuthorError
from grader.core.observation import Observation, Value, Values
from grader.core.verdict import Outcome, total
from grader.grading.judge import judge
from grader.results.report import shown

MOST = 300  # ways of answering a case, at most: those of each kind of value are combined
SEED = 0

# From an expected value, of which only kind, shape and dtype are used, to one that was made up.
Maker = Callable[[Any], Any]
Given = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Claim:
    """A case of a check that passes without the work, its points, and in which way."""

    check: str
    case: str | None
    points: Fraction
    way: str

    @property
    def name(self) -> str:
        """`check` or `check[case]`."""
        return self.check if self.case is None else f"{self.check}[{self.case}]"


def claimable(
    assignment: Assignment, checks: Iterable[Check], values: Callable[[Check, str | None], Values]
) -> list[Claim]:
    """What can be claimed of these checks of an assignment whose reference gives these `values`."""
    found = []
    for check in checks:
        path = assignment.data_file(check)
        given = load_file(path) if path else {}
        found += [claim(check, case, values(check, case), given) for case in check.case_names if check.points]
    return [each for each in found if each]


def refuse_claims(assignment: Assignment, claimed: Sequence[Claim]) -> None:
    """Raises `AuthorError` where `claimed` is a larger share of the points than the assignment allows."""
    points, allowed = sum(check.points for check in assignment.checks), assignment.manifest.claimable_percent
    percent = float(100 * total(each.points for each in claimed) / max(1, points))
    if percent > allowed:
        raise AuthorError(
            [
                f"assignment.toml: {percent:.0f} % of the points can be had without the work, more than the "
                f"{allowed:g} of claimable_percent; compare with the reference what only a real run gives, or raise "
                "claimable_percent",
                *(f"{each.name}: {shown(each.points)} points by {each.way}" for each in claimed),
            ]
        )


def told(check: Check, claimed: Sequence[Claim]) -> Iterator[str]:
    """What of the check's points can be claimed, a sentence for each way."""
    mine = [each for each in claimed if each.check == check.name]
    for way in dict.fromkeys(each.way for each in mine):
        points = shown(total(each.points for each in mine if each.way == way))
        yield f"{points} of {check.points} points can be had without the work, by {way}"


def claim(check: Check, case: str | None, expected: Values, given: Given) -> Claim | None:
    """The first way found in which the case can be claimed, with every seed; None where none is."""
    runs = [_claim_of_run(replace(check, seeds=()), case, of_seed(expected, seed), given, seed)
            for seed in check.seeds or (None,)]  # fmt: skip
    return runs[0] if all(runs) else None


def _claim_of_run(check: Check, case: str | None, expected: Values, given: Given, seed: int | None) -> Claim | None:
    def passes(answer: Values, wanted: Values, data: Given) -> bool:
        return judge(check, case, Observation(answer, 0.0), wanted, data).outcome is Outcome.PASSED

    numbers = [] if case is None else _numbers(check.cases[case])
    numbers += [] if seed is None else [seed]
    for way, answer in _answers(check, expected, given, numbers):
        if passes(answer, expected, given):
            return Claim(check.name, case, check.points_per_case, way)
    others = {name: _another(value) for name, value in expected.items()}
    if passes(expected, others, {**given, **{name: _changed(given[name]) for name in check.withhold}}):
        return Claim(check.name, case, check.points_per_case, "values that fit each other")
    return None


def _answers(check: Check, expected: Values, given: Given, numbers: Sequence[float]) -> Iterator[tuple[str, Values]]:
    """Made-up answers: every name by one way for its kind, but where a criterion tells what it wants.

    `numbers` are those that the probe is given.
    """
    fixed = _as_criteria_say(check, expected, given)
    kinds = {name: _kind(value) for name, value in expected.items() if name not in fixed}
    ways = {kind: _ways(kind, numbers) for kind in dict.fromkeys(kinds.values())}
    for chosen in itertools.islice(itertools.product(*(each.items() for each in ways.values())), MOST):
        makers = dict(zip(ways, (maker for _, maker in chosen), strict=True))
        made = {name: makers[kind](expected[name]) for name, kind in kinds.items()}
        said = [f"{kind} {way}" for kind, (way, _) in zip(ways, chosen, strict=True)]
        said += ["what the criteria name"] if fixed else []
        yield " and ".join(said), {**made, **fixed}


def _as_criteria_say(check: Check, expected: Values, given: Given) -> dict[str, Value]:
    """Draws of the distribution that a criterion tests for, and scores at labels that the room has."""
    made: dict[str, Value] = {}
    for criterion in check.criteria:
        match criterion:
            case normal(name, std, mean):
                made[name] = mean + std * torch.randn(_shape(expected[name]), generator=_generator(name))
            case uniform(name, low, high):
                made[name] = low + (high - low) * torch.rand(_shape(expected[name]), generator=_generator(name))
            case accuracy(name, labels) if labels not in check.withhold:
                made[name] = torch.nn.functional.one_hot(given[labels].long()).float()
    return made


def _ways(kind: str, numbers: Sequence[float]) -> Mapping[str, Maker]:
    """How values of one kind can be made up, by words that say it."""
    match kind:
        case "tensors":
            return _TENSORS
        case "lists":
            return _LISTS
        case "texts":
            return {"of any length": lambda value: "x" * max(1, len(value))}
        case "flags":
            return {"True": lambda value: True, "False": lambda value: False}
        case "numbers":
            return {f"of {number:g}": partial(_as_number, number) for number in dict.fromkeys([0, 1, *numbers])}
    return {"as they are": lambda value: value}  # None is all there is of its kind


def _kind(value: Value) -> str:
    if isinstance(value, Tensor):
        return "tensors"
    kinds = {bool: "flags", str: "texts", int: "numbers", float: "numbers", list: "lists"}
    return kinds.get(type(value), "nothing")


def _as_number(number: float, value: Any) -> Any:
    return type(value)(number)


def _another(value: Value) -> Value:
    """A value of the same kind, shape and length, and different everywhere."""
    if isinstance(value, Tensor):
        return _changed(value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 2 + 13
    if isinstance(value, list):
        return [_another(each) for each in value]
    return f"{value}?" if isinstance(value, str) else value


def _changed(value: Tensor) -> Tensor:
    return ~value if value.dtype is torch.bool else (value.double() * 2 + 13).to(value.dtype)


def _numbers(value: object) -> list[float]:
    """All numbers in the parameters of a case."""
    if isinstance(value, Mapping):
        return [number for each in value.values() for number in _numbers(each)]
    if isinstance(value, list | tuple):
        return [number for each in value for number in _numbers(each)]
    return [value] if type(value) in (int, float) else []  # type: ignore[list-item]


def _generator(*about: object) -> torch.Generator:
    """One for each thing that it is about, the same each time."""
    seed = sum(number * 31**place for place, number in enumerate(repr(about).encode())) % (1 << 62)
    return torch.Generator().manual_seed(SEED + seed)


def _shape(value: Value) -> Sequence[int]:
    return value.shape if isinstance(value, Tensor) else ()


def _like(make: Callable[[Tensor], Tensor]) -> Maker:
    """What is made in float32, in the dtype of the expected value."""
    return lambda value: make(value).to(value.dtype)


def _drawn_alike(value: Tensor) -> Tensor:
    return torch.rand(value.shape, generator=_generator(*value.shape))


def _falling(value: Tensor) -> Tensor:
    return torch.linspace(1, 0.01, value.numel()).reshape(value.shape)


def _shares(value: Tensor) -> Tensor:
    return _drawn_alike(value).softmax(-1) if value.dim() else torch.ones(())


_TENSORS: Mapping[str, Maker] = {
    "of zeros": _like(lambda value: torch.zeros(value.shape)),
    "of ones": _like(lambda value: torch.ones(value.shape)),
    "drawn, those of one shape alike": _like(_drawn_alike),
    "of shares that sum to one": _like(_shares),
    "that fall": _like(_falling),
    "that rise": _like(lambda value: torch.arange(value.numel()).reshape(value.shape)),
}


def _of_list(make: Callable[[int], list[float]]) -> Maker:
    """The innermost lists are made, and keep their lengths and the kind of their numbers; texts stay texts."""

    def maker(value: Any) -> Any:
        if any(isinstance(each, list) for each in value):
            return [maker(each) if isinstance(each, list) else each for each in value]
        made = make(len(value))
        return [type(each)(number) if type(each) in (int, float, bool, str) else each
                for each, number in zip(value, made, strict=True)]  # fmt: skip

    return maker


_LISTS: Mapping[str, Maker] = {
    "of zeros": _of_list(lambda count: [0] * count),
    "of ones": _of_list(lambda count: [1] * count),
    "that fall": _of_list(lambda count: [1 / (1 + place) for place in range(count)]),
    "that rise": _of_list(lambda count: list(map(float, range(count)))),
}
