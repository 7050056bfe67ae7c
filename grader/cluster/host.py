"""What runs on a worker: one session for the whole run, opened with the first question, and the answers.

Its sandbox is one warm process with its rooms; the assignment is unpacked into a folder that only this user can read.
"""

from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from grader.cluster.asked import ANSWER, Answer, Ask, Job, Question
from grader.cluster.kept_submissions import KeptSubmissions
from grader.core.errors import AuthorError, SandboxError, UsageError

if TYPE_CHECKING:
    from distributed import Worker

    from grader.core.submission import Submission
    from grader.grading.session import Session
    from grader.results.report import Report

NAME = "grader"  # a worker grades for one run at a time: the next run's host takes the place of the last one's


class Host(WorkerPlugin):
    """Holds the session of a run on one worker. Dask makes it there, also where a worker comes later."""

    name = NAME

    def __init__(self, job: Job) -> None:
        self.job = job

    def setup(self, worker: Worker) -> None:
        """Dask has brought it to a worker."""
        self._address = worker.address
        self._key = worker.security.tls_worker_key
        self._scratch = worker.local_directory  # which Dask clears where a worker was killed
        self._opening = threading.Lock()
        self._stack = ExitStack()
        self._session: Session | None = None
        self._submissions = KeptSubmissions()
        self._is_over = False

    def teardown(self, worker: Worker) -> None:
        """The run is over or given up, or the worker ends: so does whatever runs here."""
        self._is_over = True
        if self._session:
            self._session.stop()
        with self._opening:
            self._stack.close()

    def session(self) -> Session:
        """The session, opened by who comes first. Raises `UsageError`, `AuthorError` and `SandboxError`."""
        with self._opening:
            if self._is_over:
                raise SandboxError("the run is over")
            if self._session is None:
                self._session = self._open()
            return self._session

    def submission(self, question: Question) -> Submission | None:
        """What a question is about, as it was sent now or before; None where it is gone."""
        if question.submission:
            self._submissions.keep(question.digest, question.submission)
        return question.submission or self._submissions.get(question.digest)

    def _open(self) -> Session:
        from grader.assignment.assignment import load_assignment
        from grader.cluster.machine import Machine
        from grader.grading.session import Checks, Session
        from grader.sandbox.levels import refuse_shown, why_not
        from grader.sandbox.page_cache import evict
        from grader.sandbox.room import shown
        from grader.sandbox.sandbox import Sandbox

        job = self.job
        if unlike := Machine.here().unlike(job.machine):
            raise UsageError(unlike)
        if job.assignment.digest != job.digest:
            raise UsageError("has got another assignment than was sent; run the same command again")
        if reason := why_not(job.level):
            raise UsageError(f"does not support the sandbox level {job.level}: {reason}; see `grader doctor` there")
        with ExitStack() as stack:
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-", dir=self._scratch)))
            refuse_shown(job.level, root, *([Path(self._key)] if self._key else []))
            sandbox = stack.enter_context(Sandbox(job.level, device=job.device))
            session = Session.of(sandbox, load_assignment(job.assignment.unpack(root)), checks=Checks.ALL)
            sandbox.wait()
            evict(shown())  # of what hidden checks of earlier runs may have written into the page cache
            self._stack = stack.pop_all()
        return session

    def refusal(self, error: Exception) -> Answer:
        """The answer where there is no session, with who says so."""
        return Answer(refused=f"{self._address}: {error}")


def answer(question: Question) -> bytes:
    """Do on this worker what is asked."""
    return ANSWER.dumped(_answer(question))


def _answer(question: Question) -> Answer:
    worker = get_worker()
    host = worker.plugins.get(NAME)
    if host is None or host.job.run != question.run:
        return Answer(refused=f"{worker.address}: grades for another run; wait for its end, then run the same command")
    try:
        session = host.session()
    except (AuthorError, SandboxError, UsageError, OSError) as error:
        refused: Answer = host.refusal(error)
        return refused
    if question.ask is Ask.READY:
        return Answer()
    submission = host.submission(question)
    if submission is None:
        return Answer(lacks=True)
    try:
        return Answer(_report(session, submission, question))
    except Exception as error:  # ours, on one submission
        return Answer(trouble=f"{type(error).__name__}: {error}")


def _report(session: Session, submission: Submission, question: Question) -> Report | None:
    report = question.report
    if question.ask is Ask.PUBLIC:
        return session.public(submission, before=question.before, rerun=question.rerun)
    if question.ask is Ask.HIDDEN and report:
        return session.hidden(submission, report, before=question.before, rerun=question.rerun)
    if question.ask is Ask.AGAIN and report:
        return session.again(submission, report)
    return None
