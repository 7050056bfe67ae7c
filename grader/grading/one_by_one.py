"""Verdicts one at a time: for a face that runs checks in its own order, as pytest does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from grader.core.submission import Submission
from grader.core.verdict import Verdict
from grader.grading.budget import Budget
from grader.grading.context import GradingContext
from grader.grading.grade import RETRIED, begun, judged, settles
from grader.grading.observe import Together, observe_alone
from grader.grading.one_thread import one_thread
from grader.grading.rooms import Rooms
from grader.grading.tasks import Observed, Task, groups_of
from grader.grading.trial import Trial
from grader.sandbox.sandbox import Sandbox


class OneByOne:
    """The verdicts on one submission, case by case as they are asked for, tried again as in `grade`.

    `tasks` are those that will be asked for, in whatever order: where these are a part of a group, each runs alone. In
    a `with` block, after which nothing runs. Unless `again`, the first verdict on a case stands, whatever it is.
    """

    def __init__(
        self,
        context: GradingContext,
        submission: Submission,
        sandbox: Sandbox,
        tasks: Sequence[Task],
        *,
        again: bool = True,
    ) -> None:
        self._again = again
        self._context, self._submission, self._sandbox = context, submission, sandbox
        self._rooms = Rooms(sandbox, context.assignment, submission.files)
        self._trial = Trial(self._rooms, tasks)
        self._together: dict[tuple[str, str | None], Together] = {}
        for group in groups_of(context.assignment, tasks):
            self._together |= dict.fromkeys((task.name for task in group), Together(self._rooms, self._trial, group))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for together in self._together.values():
            together.end()

    @one_thread()
    def verdict(self, task: Task) -> Verdict:
        """The verdict on one case."""
        together = self._together.get(task.name)
        observed = together.observe(task, self._stands) if together else None
        found = judged(self._context, observed or self._alone(task))
        if self._again and found.outcome in RETRIED:
            self._rooms.whole_gpu = True
            found = judged(self._context, self._alone(task))
            self._rooms.whole_gpu = False
        return begun(self._context, self._submission, task.check, found)

    def _stands(self, observed: Observed) -> bool:
        return not self._again or settles(judged(self._context, observed))

    def _alone(self, task: Task) -> Observed:
        self._rooms.budget = Budget(self._context.assignment.manifest.limits.seconds)
        self._trial.hold()
        (observed,) = observe_alone(self._rooms, self._trial, [task])
        return observed
