"""One submission's cases alone, with groups, and in orders of one's own: for tests that they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext
from grader.grading.grade import RETRIED, grade, judged, try_again
from grader.grading.observe import Together, observe_alone
from grader.grading.rooms import Rooms
from grader.grading.tasks import Task, groups_of, tasks_of
from grader.grading.trial import Trial
from grader.sandbox.sandbox import Sandbox

Outcomes = Mapping[tuple[str, str | None], Outcome]


@dataclass(frozen=True)
class Cases:
    """All cases of an assignment, of one submission."""

    context: GradingContext
    submission: Submission
    sandbox: Sandbox

    def alone(self) -> Outcomes:
        """Each in a process of its own; what ran out of time or memory once more."""
        tasks = tasks_of(self.context.checks)
        first = self._alone(tasks)
        return first | self._alone([task for task in tasks if first[task.name] in RETRIED])

    def graded(self) -> Outcomes:
        """As a submission is graded."""
        report = grade(self.context, self.submission, self.sandbox)
        report = try_again(self.context, self.submission, self.sandbox, report)
        return {(verdict.check, verdict.case): verdict.outcome for verdict in report.verdicts}

    def in_company(self, tasks: Sequence[Task]) -> Outcomes:
        """In one process, in this order, whatever comes of them; nothing for those that it was lost to."""
        rooms = self._rooms()
        with Together(rooms, Trial(rooms, tasks), tasks) as together:
            seen = (together.observe(task, lambda observed: True) for task in tasks)
            return {each.task.name: judged(self.context, each).outcome for each in seen if each}

    def flips(self, alone: Outcomes) -> list[tuple[str, str | None]]:
        """What passes in company, whatever runs before it, and fails by itself."""
        passed = (
            name
            for tasks in self._orders(alone)
            for name, outcome in self.in_company(tasks).items()
            if outcome is Outcome.PASSED
        )
        return [name for name in passed if alone[name] is not Outcome.PASSED]

    def _orders(self, alone: Outcomes) -> Iterator[Sequence[Task]]:
        """Each group in order and backwards: of any two cases each runs before the other. And each check that failed by
        itself at the beginning, as the first case of a process counts at once."""
        for group in groups_of(self.context.assignment, tasks_of(self.context.checks)):
            yield group
            yield group[::-1]
            for _, cases in groupby(group, lambda task: task.check.name):
                first = list(cases)
                if any(alone[task.name] is not Outcome.PASSED for task in first):
                    yield first

    def _alone(self, tasks: Sequence[Task]) -> dict[tuple[str, str | None], Outcome]:
        if not tasks:
            return {}
        rooms = self._rooms()
        trial = Trial(rooms, tasks)
        trial.hold()
        return {each.task.name: judged(self.context, each).outcome for each in observe_alone(rooms, trial, tasks)}

    def _rooms(self) -> Rooms:
        return Rooms(self.sandbox, self.context.assignment, self.submission.files)
