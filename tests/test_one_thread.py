"""Judging uses one thread, from wherever it is called, and leaves the process as it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from tiny_course import Course

from grader.core.verdict import Outcome
from grader.grading import context as loading
from grader.grading import grade as grading
from grader.grading import one_by_one, reference_runs, regenerate
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import grade, try_again
from grader.grading.one_by_one import OneByOne
from grader.grading.one_thread import one_thread
from grader.grading.tasks import Observed, Task, tasks_of
from grader.sandbox.sandbox import Sandbox


@pytest.fixture
def three_threads() -> Iterator[None]:
    """As in a notebook that has asked for three."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_judging_uses_one_thread_and_a_notebook_keeps_its_own(
    tiny: Course, best: Sandbox, monkeypatch: pytest.MonkeyPatch, three_threads: None
) -> None:
    """By `prepare`, `grade`, `try_again`, and one by one as pytest does it; afterwards there are three again."""
    used: list[int] = []

    def judge(context: GradingContext, observed: Observed) -> object:
        used.append(torch.get_num_threads())
        return original(context, observed)

    def load(*given: object) -> object:
        used.append(torch.get_num_threads())
        return tiny.context.expected

    original = grading.judged
    for module in (grading, one_by_one):
        monkeypatch.setattr(module, "judged", judge)
    monkeypatch.setattr(loading, "load_expected", load)
    submission = tiny.submission()
    prepare(tiny.context.assignment, tiny.context.checks)
    report = grade(tiny.context, submission, best)
    tasks: list[Task] = tasks_of(tiny.context.checks)
    with OneByOne(tiny.context, submission, best, tasks) as cases:
        cases.verdict(tasks[0])
    late = replace(report.verdicts[0], outcome=Outcome.TIME_LIMIT)
    try_again(tiny.context, submission, best, replace(report, verdicts=(late, *report.verdicts[1:]), keys={}))
    assert len(used) > 3 + len(report.verdicts) and set(used) == {1}
    assert torch.get_num_threads() == 3


def test_regenerating_uses_one_thread(
    tiny: Course, best: Sandbox, monkeypatch: pytest.MonkeyPatch, three_threads: None
) -> None:
    """It judges the reference, too."""
    used: list[int] = []

    def stop(assignment: object) -> None:
        used.append(torch.get_num_threads())
        raise KeyboardInterrupt

    monkeypatch.setattr(reference_runs, "read_reference", stop)
    with pytest.raises(KeyboardInterrupt):
        regenerate.regenerate(tiny.context.assignment, best, jobs=1, done=lambda name: None)
    assert used == [1]
    assert torch.get_num_threads() == 3


def test_threads_that_grade_side_by_side_do_not_change_each_others() -> None:
    """One that has ended gives nobody else its number back."""
    seen: list[int] = []
    inside, ended = threading.Event(), threading.Event()

    def stays() -> None:
        with one_thread():
            torch.ones(3).sum()
            inside.set()
            ended.wait(10)
            seen.append(torch.get_num_threads())

    def ends() -> None:
        inside.wait(10)
        with one_thread():
            torch.ones(3).sum()
        ended.set()

    threads = [threading.Thread(target=each) for each in (stays, ends)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert seen == [1]
