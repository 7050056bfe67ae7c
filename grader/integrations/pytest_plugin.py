"""The pytest face: the public checks of an `assignment.toml` as test items, run by the same worker as everywhere.

Inert without an `assignment.toml`; importing this module imports neither torch nor the grader's machinery.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.core.errors import SandboxError, UsageError
from grader.core.own_time import BACKSTOP
from grader.core.text import visible
from grader.core.without_collection import without_collection

if TYPE_CHECKING:
    from grader.core.submission import Submission
    from grader.core.verdict import Verdict
    from grader.grading.context import GradingContext
    from grader.grading.one_by_one import OneByOne
    from grader.grading.tasks import Task
    from grader.sandbox.sandbox import Sandbox

TRIES = 2
GRACE_SECONDS = 60  # pytest-timeout is a backstop; the grader's own clock comes first
_SANDBOX = pytest.StashKey["Sandbox"]()
_OPEN = pytest.StashKey[contextlib.ExitStack]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """An `assignment.toml` is a file of tests."""
    if file_path.name != "assignment.toml":
        return None
    file: AssignmentFile = AssignmentFile.from_parent(parent, path=file_path)
    return file


def pytest_report_header(config: pytest.Config) -> str | None:
    """The sandbox level, said aloud, where this run of pytest stands in an assignment."""
    if not any((folder / "assignment.toml").is_file() for folder in (config.invocation_params.dir, config.rootpath)):
        return None
    from grader.sandbox.levels import best_level

    level, reason = best_level()
    return f"grader: sandbox {level}" + (f" ({reason})" if reason else "")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what runs."""
    if opened := config.stash.get(_OPEN, None):
        opened.close()


class CheckFailed(Exception):
    """A check that a student's code did not meet; its text is what the student reads."""


class AssignmentFile(pytest.File):
    """The public checks of one assignment, on the student's package beside it."""

    context: GradingContext
    submission: Submission
    cases: OneByOne | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each case of each public check."""
        if not self.config.option.collectonly:
            with contextlib.suppress(SandboxError):  # the first check tries again, and says so
                self.sandbox()  # it warms up while torch is imported here
        with without_collection():
            from grader.assignment.assignment import load_assignment
            from grader.core.errors import AuthorError
            from grader.grading.context import prepare
            from grader.grading.tasks import tasks_of
            from grader.submissions.reading import read_submission

        try:
            assignment = load_assignment(self.path.parent)
            self.context = prepare(assignment, assignment.public)
            handout = assignment.given_out()
        except (AuthorError, UsageError) as error:
            raise self.CollectError(str(error)) from None
        self.submission = read_submission(self.path.parent, assignment.manifest, id="you", handout=handout)
        if self.submission.problem:
            raise self.CollectError(self.submission.problem)
        for task in tasks_of(assignment.public):
            # As text: newer pytests read the brackets of a text as parameters, as they do in `--lf`'s cache.
            yield CheckItem.from_parent(self, name=task.label, nodeid=f"{self.nodeid}::{task.label}", task=task)

    def sandbox(self) -> Sandbox:
        """The sandbox of this run of pytest."""
        from grader.sandbox.levels import best_level
        from grader.sandbox.sandbox import Sandbox

        if _SANDBOX not in self.config.stash:
            self.config.stash[_SANDBOX] = self._open().enter_context(Sandbox(best_level()[0]))
        return self.config.stash[_SANDBOX]

    def verdict(self, task: Task) -> Verdict:
        """The verdict on one case; where all of an assignment's are chosen, they share a process."""
        from grader.grading.session import Session

        if self.cases is None:
            session = Session(self.sandbox(), self.context)
            items = (item for item in self.session.items if isinstance(item, CheckItem) and item.parent is self)
            one_by_one = session.one_by_one(self.submission, [item.task for item in items])
            self.cases = self._open().enter_context(one_by_one)
        return self.cases.verdict(task)

    def _open(self) -> contextlib.ExitStack:
        return self.config.stash.setdefault(_OPEN, contextlib.ExitStack())


class CheckItem(pytest.Item):
    """One case of one check."""

    parent: AssignmentFile

    def __init__(self, *, task: Task, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.task = task
        self.add_marker(pytest.mark.timeout(TRIES * BACKSTOP * task.check.limit + GRACE_SECONDS))

    def runtest(self) -> None:
        """Run the check in the sandbox. Raises `CheckFailed` unless it passed."""
        verdict = self.parent.verdict(self.task)
        if verdict.log:
            self.add_report_section("call", "stdout", visible(verdict.log))
        if verdict.outcome != "PASSED":
            raise CheckFailed(_words(verdict))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The student's feedback, without a traceback through the grader."""
        if isinstance(excinfo.value, CheckFailed | SandboxError | UsageError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the check stands, and its name."""
        return self.path, None, self.name


def _words(verdict: Verdict) -> str:
    """Its first line is what the summary shows."""
    lines = [f"{verdict.outcome}: {verdict.message}", verdict.next_step]
    lines += [f"    {line.sentence}" for line in verdict.trace]
    return visible("\n".join(line for line in (*lines, *verdict.evidence, verdict.claim) if line))
