"""A device other than the CPU: it computes before student code runs, and where it does not, no student is to blame.

No GPU is needed: `cpu:0` is the processor by the name of a device, and where there is no GPU, `cuda` does not work.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from tiny_course import Course

from grader.core.errors import UsageError
from grader.core.limits import Level, Limits
from grader.core.verdict import Outcome
from grader.grading.grade import grade
from grader.results.report import State
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox

pytestmark = [pytest.mark.process, pytest.mark.harmless]


def _sandbox(device: str) -> Sandbox:
    level = best_level()[0]
    return Sandbox(Level.SEPARATE if level is Level.RESTRICTED else level, device=device)


@pytest.fixture(scope="module")
def broken() -> Iterator[Sandbox]:
    """A sandbox whose device does not work."""
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU that works")
    with _sandbox("cuda") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def working() -> Iterator[Sandbox]:
    """A sandbox whose device works."""
    with _sandbox("cpu:0") as sandbox:
        sandbox.wait()
        yield sandbox


def test_a_device_that_does_not_compute_is_refused_before_anything_is_graded(broken: Sandbox) -> None:
    """In a sentence, which says why."""
    with pytest.raises(UsageError) as error:
        broken.wait()
    said = str(error.value)
    assert said.startswith("--device cuda: nothing can be computed on it in a room here (")
    assert "NVIDIA" in said or "CUDA" in said
    assert said.endswith("); use --device cpu")
    assert "\n" not in said


def test_a_device_that_fails_while_grading_costs_no_student_anything(broken: Sandbox, tiny: Course) -> None:
    """Every check is the grader's to answer for, and none of the student's code has run."""
    report = grade(tiny.context, tiny.submission(words="print('I run')"), broken)
    assert report.state is State.UNFINISHED
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.GRADER_ERROR}
    assert {verdict.log for verdict in report.verdicts} == {""}
    assert {verdict.message.partition(":")[0] for verdict in report.verdicts} == {"the grader failed, not your code"}


def test_who_tries_cells_or_renders_needs_no_device(broken: Sandbox) -> None:
    """Cells are tried in forks, which cannot use a device that their parent has used."""
    work = {"cells": 5, "package": "hw", "files": [], "skip_calls": []}
    place = broken.place({"submission/hw/cells.json": b"[]"})
    assert broken.begin(place, work, Limits(seconds=20)).wait().result == {"notes": [], "cells": []}


def test_cases_share_a_process_that_has_used_the_device(working: Sandbox, tiny: Course) -> None:
    """Its threads are there before the first case, and no case is taken to have left them."""
    process = working.open(working.place({}), {}, Limits(seconds=20))
    assert not process.has_left_something()
    process.end()
    report = grade(tiny.context, tiny.submission(), working)
    assert report.points == report.max_points
    assert report.device == "cpu:0"
