"""A session whose checks run on the workers of a cluster; all else, and every file of results, stays on this machine.

with ClusterSession.on(session, address, print) as remote, ThreadPoolExecutor(remote.workers.slots) as pool:
    grade_class(remote, plan, results, pool, ...)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from grader.cluster.asked import Ask, Question
from grader.cluster.connection import Address
from grader.cluster.workers import Workers
from grader.core.errors import SandboxError
from grader.core.submission import Submission
from grader.core.verdict import Verdict
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule, joined
from grader.grading.session import Session
from grader.results.report import Report


@dataclass(frozen=True, slots=True)
class ClusterSession(Session):
    """Its sandbox renders what students wrote, and is as strong as those of the workers."""

    workers: Workers

    @classmethod
    @contextmanager
    def on(cls, session: Session, address: Address, tell: Callable[[str], None]) -> Iterator[Self]:
        """The same as `session`, on the workers of a cluster. `tell` hears what is waited for. Raises `UsageError`."""
        with Workers.open(address, session, tell) as workers:
            yield cls(session.sandbox, session.context, workers)

    def public(
        self,
        submission: Submission,
        *,
        before: Report | None = None,
        rerun: RerunRule = RUN_WHAT_CHANGED,
        step: Callable[[Verdict], None] = lambda verdict: None,
    ) -> Report:
        """The half of the public checks. `step` hears of its verdicts when all are there."""
        if not self.runs_public(submission, before, rerun):
            return Session.public(self, submission, before=before, rerun=rerun)
        report = self._asked(Ask.PUBLIC, submission, before=before, rerun=rerun)
        _tell(report.ran, step)
        return report

    def hidden(
        self,
        submission: Submission,
        public: Report,
        *,
        before: Report | None = None,
        rerun: RerunRule = RUN_WHAT_CHANGED,
        step: Callable[[Verdict], None] = lambda verdict: None,
    ) -> Report:
        """The whole report. Of what comes back only the hidden half is taken: the public one is fixed by now."""
        if submission.problem or not self.context.hidden().due(public.ran).checks:
            return public
        whole = self._asked(Ask.HIDDEN, submission, report=public, before=before, rerun=rerun)
        known = {(verdict.check, verdict.case) for verdict in public.ran}
        hidden = [verdict for verdict in whole.ran if (verdict.check, verdict.case) not in known]
        _tell(hidden, step)
        return joined(public, whole.with_ran(hidden))

    def again(self, submission: Submission, report: Report) -> Report:
        """The report, or half of one, with what ran out of time or memory tried again, and final."""
        return self._asked(Ask.AGAIN, submission, report=report)

    def stop(self) -> None:
        """End what runs, here and on the workers."""
        self.workers.stop()
        Session.stop(self)

    def _asked(
        self,
        ask: Ask,
        submission: Submission,
        *,
        report: Report | None = None,
        before: Report | None = None,
        rerun: RerunRule = RUN_WHAT_CHANGED,
    ) -> Report:
        """What a worker makes of it. Raises `SandboxError` where it makes nothing of it, or something else."""
        said = self.workers.ask(Question(self.workers.run, ask, submission.digest, submission, report, before, rerun))
        if said.report is None:
            raise SandboxError(said.trouble or "a worker answered without a report")
        asked = (submission.id, self.assignment.name, self.sandbox.level, self.sandbox.device)
        given = said.report
        if (given.submission_id, given.assignment, given.level, given.device) != asked:
            raise SandboxError("a worker answered with the report on another submission")
        return given


def _tell(verdicts: Iterable[Verdict], step: Callable[[Verdict], None]) -> None:
    for verdict in verdicts:
        step(verdict)
