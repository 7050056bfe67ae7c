"""The checks of `cnn` as a teacher writes tests: they run the student's code and compare what it gives, in one process.

Every peer runs this module, in the process that its own tests run in. The probes are those of the assignment. What
they return is compared with `torch.allclose`, `torch.equal` and `==`; what the reference solution gave is in a file.
Run as a program it writes that file.
"""

import importlib
import json
import os
import random
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
import torch
from safetensors.torch import load_file

from grader.checks.checks import Check
from grader.checks.criteria import close, equal, labels

COURSE = Path(os.environ["COURSE"])
ANSWERS = COURSE / "expected.pt"
DATA = COURSE / "assets/cnn/data"


def load() -> dict[str, tuple[Check, str | None]]:
    """Every case of every check that gives points, by its label."""
    sys.path.append(str(COURSE / "assignments/cnn"))
    found = [each for name in ("checks", "hidden_checks") for each in vars(importlib.import_module(name)).values()]
    checks = [each for each in found if isinstance(each, Check) and each.points]
    return {f"{check.name}-{case or 'all'}": (check, case) for check in checks for case in check.cases or (None,)}


TESTS = load()
POINTS = {label: check.points / max(len(check.cases), 1) for label, (check, _) in TESTS.items()}
EXPECTED = torch.load(ANSWERS) if ANSWERS.exists() else {}
torch.set_num_threads(1)
warnings.simplefilter("ignore")  # nbgrader takes the points of a cell that warns


class Package:
    """The student's package; a module is imported where a test first asks for it."""

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"hw.{name}")


def test(label: str) -> None:
    """Raises where the student's code does, or AssertionError where it gives something else than the reference."""
    check, _ = TESTS[label]
    for seed, expected in EXPECTED[label].items():
        seen, given = probe(label, seed)
        for criterion in check.criteria:
            assert met(criterion, seen, expected, given), criterion


def probe(label: str, seed: int | None) -> tuple[Mapping[str, Any], Mapping[str, torch.Tensor]]:
    """What the probe returns of the student's code, and the data that it was given."""
    check, case = TESTS[label]
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    given = load_file(DATA / f"{check.data}.safetensors") if check.data else {}
    case_of = dict(check.cases[case]) if case else None
    known = {"hw": Package(), "device": torch.device("cpu"), "case": case_of, "data": given, "seed": seed}
    return check.probe(**{name: known[name] for name in check.arguments}), given


def met(criterion: Any, seen: Mapping[str, Any], expected: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether what was seen is what was expected, as tests usually ask it."""
    if isinstance(criterion, close):
        mine, theirs = (each if isinstance(each, torch.Tensor) else torch.tensor(each) for each in
                        (seen[criterion.name], expected[criterion.name]))  # fmt: skip
        return torch.allclose(mine, theirs, atol=criterion.atol, rtol=criterion.rtol)
    if isinstance(criterion, labels):
        return torch.equal(seen[criterion.name], expected[criterion.name])
    if isinstance(criterion, equal):
        return bool(seen[criterion.name] == expected[criterion.name])
    return criterion(detached(seen), expected, given) is None


def detached(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same without a graph."""
    return {name: each.detach() if isinstance(each, torch.Tensor) else each for name, each in values.items()}


def answers() -> Iterator[tuple[str, dict[int | None, dict[str, Any]]]]:
    """By label and seed, what the package `hw` gives: of the reference solution, when this is run as a program."""
    for label, (check, _) in TESTS.items():
        yield label, {seed: detached(probe(label, seed)[0]) for seed in check.seeds or (None,)}


if __name__ == "__main__":
    torch.save(dict(answers()), ANSWERS)
    (COURSE / "points.json").write_text(json.dumps(POINTS))
