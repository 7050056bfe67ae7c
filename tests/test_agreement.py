"""Alone and in company: the same outcomes, and no case passes because of what ran before it in its process.

Of the wrong solutions a few, and the smaller class; with the environment variable GRADER_ORDERS=all: all of them, which
takes a quarter of an hour.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from case_orders import Cases
from tiny_course import Course
from wrong_solutions import ROOT, WrongSolution, read_wrong_solutions, write_files

from grader.assignment.assignment import load_assignment
from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext, prepare
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

ALL = os.environ.get("GRADER_ORDERS") == "all"
EACH = 1 if ALL else 12  # of the wrong solutions one in so many
ASSIGNMENTS = sorted(path.parent.name for path in ROOT.glob("assignments/*/assignment.toml"))
CLASSES = sorted(path for path in ROOT.glob("tests/submissions/*") if path.is_dir())
TWO = "import torch\n\ndef square(x):\n    beside, torch.left = hasattr(torch, 'left'), True\n    return {}\n"


def test_what_passes_by_accident_is_found(best: Sandbox, tiny: Course) -> None:
    """The large case passes after any other; in this order it is decided in company, and so it passes."""
    cases = Cases(tiny.context, tiny.submission(maths=TWO.format("x * x if beside or len(x) == 3 else x")), best)
    alone, graded = cases.alone(), cases.graded()
    assert [name for name in alone if alone[name] is not graded[name]] == [("squares", "large")]
    assert set(cases.flips(alone)) == {("squares", "large")}


def test_what_fails_in_company_and_passes_alone_agrees(best: Sandbox, tiny: Course) -> None:
    """It is run again alone, and nothing else changes."""
    cases = Cases(tiny.context, tiny.submission(maths=TWO.format("x if beside else x * x")), best)
    alone = cases.alone()
    assert set(alone.values()) == {Outcome.PASSED}
    assert cases.graded() == alone


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_wrong_solution_passes_nothing_by_company(name: str, best: Sandbox, tmp_path: Path) -> None:
    """What its table says that it fails, it fails in every order; `test_assignments` has it graded."""
    context = _context(name)
    tasks = tasks_of(context.checks)

    def flips(wrong: WrongSolution) -> list[str]:
        write_files(wrong.files(), tmp_path / wrong.how)
        cases = Cases(context, _read(context, tmp_path / wrong.how), best)
        promised = wrong.promised([_shown(task.name) for task in tasks])
        alone = {task.name: Outcome(promised.get(_shown(task.name), Outcome.PASSED)) for task in tasks}
        return [f"{wrong.how}: {_shown(name)}" for name in cases.flips(alone)]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(flips, read_wrong_solutions(ROOT / "solutions" / name)[::EACH]))
    assert [each for flipped in found for each in flipped] == []


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("folder", CLASSES, ids=lambda folder: folder.name)
def test_a_sample_class_has_the_same_outcomes_alone(folder: Path, isolated: Sandbox) -> None:
    """Of everybody in it, attacks included."""
    context = _context(folder.name)
    if folder.name == "cnn" and not ALL:
        pytest.skip("slow; set GRADER_ORDERS=all")

    def differs(path: Path) -> list[str]:
        cases = Cases(context, _read(context, path), isolated)
        alone, graded = cases.alone(), cases.graded()
        differing = {name for name in alone if alone[name] is not graded[name]}
        return [f"{path.name}: {_shown(name)}" for name in differing | set(cases.flips(alone))]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(differs, sorted(path for path in folder.iterdir() if path.is_dir())))
    assert [each for different in found for each in different] == []


def _context(name: str) -> GradingContext:
    assignment = load_assignment(ROOT / "assignments" / name)
    return prepare(assignment, assignment.checks)


def _shown(name: tuple[str, str | None]) -> str:
    check, case = name
    return check if case is None else f"{check}[{case}]"


def _read(context: GradingContext, folder: Path) -> Submission:
    return read_submission(folder, context.assignment.manifest, id=folder.name)
