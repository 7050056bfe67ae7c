"""A session: one sandbox and one assignment, opened in the order that keeps secrets, and submissions graded in it.

    with Session.open(folder, level=level, checks=Checks.PUBLIC) as session:
        report = session.grade(submission)

A submission is graded in two halves. The public one fixes every text that its student will read; of the hidden one only
outcomes and points reach a student. A class has all its public halves behind it before the first hidden one begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Self

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.twins import drawn, has_twin, twins_of
from grader.core.limits import Level
from grader.core.submission import Submission
from grader.core.verdict import Verdict
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import (
    RUN_WHAT_CHANGED,
    RerunRule,
    charged,
    grade,
    joined,
    kept,
    try_again,
)
from grader.grading.one_by_one import OneByOne
from grader.grading.secrets import secrets_of
from grader.grading.tasks import Task
from grader.results.report import Report, State
from grader.sandbox.levels import refuse_shown
from grader.sandbox.sandbox import Sandbox

Step = Callable[[Verdict], None]


class Checks(StrEnum):
    """Which checks of an assignment a session runs."""

    PUBLIC = "public"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Session:
    """A sandbox that is warm, and what grading needs of an assignment beside a submission."""

    sandbox: Sandbox
    context: GradingContext

    @classmethod
    @contextmanager
    def open(
        cls, folder: Path, *, level: Level, checks: Checks, device: str = "cpu", secrets: Sequence[Path] = ()
    ) -> Iterator[Self]:
        """A session with a sandbox of its own, for the assignment in `folder`.

        `secrets` are paths that students must not read, beside the assignment itself. Raises `AuthorError`;
        `UsageError` where a room would show a secret; `SandboxError` where no process can be started.
        """
        if checks is Checks.ALL:
            refuse_shown(level, *secrets_of(folder, *secrets))
        with Sandbox(level, device=device) as sandbox:  # its warm process starts before anything secret is loaded
            session = cls.of(sandbox, load_assignment(folder), checks=checks)
            sandbox.wait()
            yield session

    @classmethod
    def of(cls, sandbox: Sandbox, assignment: Assignment, *, checks: Checks) -> Self:
        """A session in a sandbox that is there. Raises `AuthorError`.

        At the level `separate` twins would show students' code what is in the folder `secret`, so there are none.
        """
        if checks is Checks.PUBLIC:
            return cls(sandbox, prepare(assignment, assignment.public, device=sandbox.device))
        twins = () if sandbox.level is Level.SEPARATE else twins_of(assignment)
        context = prepare(assignment, (*assignment.checks, *twins), device=sandbox.device)
        return cls(sandbox, context.asking(lambda seeds: seeds[0]))

    def drawn_for(self, submission: Submission) -> Self:
        """The same with the secret seed of each check that is drawn for a submission."""
        return replace(self, context=self.context.asking(partial(drawn, submission=submission)))

    @property
    def lacks(self) -> str:
        """A sentence where checks would run under secret seeds, and have none here; else empty."""
        asked = any(map(has_twin, self.context.checks)) and not any(check.is_twin for check in self.context.checks)
        return "no secret inputs: only the published seeds are tried here" if asked else ""

    def fitting(self, jobs: int) -> int:
        """As many of the `jobs` as the devices can run at a time."""
        return self.sandbox.fitting(jobs, self.assignment.limits(0))

    @property
    def assignment(self) -> Assignment:
        """What is graded."""
        return self.context.assignment

    def at(self, tasks: Iterable[Task], *, together: bool = False, answers_stand: bool = False) -> Self:
        """The same for some cases of its checks, each in a process of its own unless they are to share one.

        Where `answers_stand`, written answers are not read: they are as they were in an earlier report.
        """
        chosen = {task.name for task in tasks}
        return replace(self, context=replace(self.context, chosen=chosen, parts=together, answers_stand=answers_stand))

    def grade(
        self,
        submission: Submission,
        *,
        step: Step = lambda verdict: None,
        enough: Callable[[Verdict], bool] = lambda verdict: False,
    ) -> Report:
        """Both halves of the report, final: what ran out of time or memory has been tried again.

        `step` and `enough` are about the public half; see `grade.grade`.
        """
        public = grade(self.context.public(), submission, self.sandbox, step=step, enough=enough)
        report = self._settled(public, submission)
        return self._settled(self.hidden(submission, report), submission)

    def kept(self, submission: Submission, before: Report, rerun: RerunRule = RUN_WHAT_CHANGED) -> Report | None:
        """The report from `before` alone, where nothing needs to be run."""
        return kept(self.context, submission, self.sandbox, before, rerun)

    def is_settled(self, submission: Submission, report: Report) -> bool:
        """Whether grading the submission again would run nothing and give the same report."""
        if report.state is State.UNFINISHED:
            return False
        return bool(submission.problem) or self.kept(submission, report) is not None

    def runs_public(self, submission: Submission, before: Report | None, rerun: RerunRule = RUN_WHAT_CHANGED) -> bool:
        """Whether `public` would run any check."""
        if submission.problem:
            return False
        return before is None or kept(self.context.public(), submission, self.sandbox, before, rerun) is None

    def public(
        self,
        submission: Submission,
        *,
        before: Report | None = None,
        rerun: RerunRule = RUN_WHAT_CHANGED,
        step: Step = lambda verdict: None,
    ) -> Report:
        """The half of the public checks; see `grade.grade`."""
        return grade(self.context.public(), submission, self.sandbox, before=before, rerun=rerun, step=step)

    def hidden(
        self,
        submission: Submission,
        public: Report,
        *,
        before: Report | None = None,
        rerun: RerunRule = RUN_WHAT_CHANGED,
        step: Step = lambda verdict: None,
    ) -> Report:
        """The whole report: the `public` half, and the checks that students do not see."""
        context = self.context.hidden().due(public.ran)
        if not context.checks:
            return public
        spent = charged(public.verdicts)
        half = grade(context, submission, self.sandbox, before=before, rerun=rerun, step=step, spent=spent)
        return joined(public, half)

    def again(self, submission: Submission, report: Report) -> Report:
        """The report, or half of one, with what ran out of time or memory tried again, and final."""
        names = {verdict.check for verdict in report.ran}
        return try_again(self.context.only(names), submission, self.sandbox, report)

    def stop(self) -> None:
        """End everything that runs, at once and for good."""
        self.sandbox.stop()

    def one_by_one(self, submission: Submission, tasks: Sequence[Task], *, again: bool = True) -> OneByOne:
        """The verdicts of `grade`, for a face that asks for those on `tasks` one at a time; see `OneByOne`."""
        return OneByOne(self.context, submission, self.sandbox, tasks, again=again)

    def _settled(self, report: Report, submission: Submission) -> Report:
        return self.again(submission, report) if report.waiting else report
