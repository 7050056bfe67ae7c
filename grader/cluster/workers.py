"""The workers of a cluster from the teacher's side: who is free, what each is asked, and what where one is lost."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Self

from grader.cluster.asked import ANSWER, Answer, Ask, Job, Question
from grader.cluster.connection import Address, connected
from grader.cluster.machine import Machine
from grader.cluster.sent_assignment import SentAssignment
from grader.core.errors import SandboxError, UsageError
from grader.core.text import counted, printable
from grader.grading.session import Session
from grader.results.stored import Unreadable

LOOK_SECONDS = 1  # between two looks at who is there
WAIT_SECONDS = 300  # for a worker to come back where none is left
TAKE_SECONDS = 60  # for the hold on a cluster of a run that was killed to lapse, which takes up to 40
LOST = "the connection to the cluster was lost; run the same command again to resume"
TRIES = 2  # of one submission, each of which ends a worker or in an error of Dask's, until it is set aside


class _DaskFailed(Exception):
    """No answer came back: an error of ours would be one. The message says which worker was asked."""


class Workers:
    """The workers of one cluster while they grade for one run. Safe to use from several threads.

    Each grades as many submissions at a time as it has threads. Who asks waits for a worker that is free; a question
    whose worker is lost goes to another.
    """

    def __init__(self, client: Any, run: str) -> None:
        self._client = client
        self.run = run
        self._changed = threading.Condition()
        self._busy: Counter[str] = Counter()
        self._sent: defaultdict[str, set[str]] = defaultdict(set)  # digests of submissions, by worker
        self._refusals: dict[str, str] = {}
        self._threads: dict[str, int] = {}
        self._looked = float("-inf")
        self._stopped = threading.Event()

    @classmethod
    @contextmanager
    def open(cls, address: Address, session: Session, tell: Callable[[str], None]) -> Iterator[Self]:
        """The workers of the cluster, all ready to grade what the session grades. `tell` hears what is waited for.

        Raises `UsageError` where there are none, one of them would grade differently, or another run has them.
        """
        from grader.cluster.host import NAME, Host

        sent, run = SentAssignment.of(session.assignment), uuid.uuid4().hex
        sandbox = session.sandbox
        job = Job(run, sent, sent.digest, Machine.here(), sandbox.level, sandbox.device)
        with connected(address) as client, _alone(address.url, tell):
            workers = cls(client, run)
            if not workers.slots:
                raise UsageError(f"--cluster {address.url}: it has no workers; start some with `dask worker`")
            try:
                client.register_plugin(Host(job))
            except Exception as error:  # whatever a worker says that cannot load it
                raise UsageError(
                    f"--cluster {address.url}: a worker cannot load grader ({type(error).__name__}: "
                    f"{printable(str(error))[:200]}); install the same grader on all of them"
                ) from None
            try:
                workers._make_ready()
                yield workers
            finally:
                workers.stop()
                with suppress(OSError):  # the scheduler may be gone
                    client.unregister_worker_plugin(NAME)

    @property
    def slots(self) -> int:
        """How many submissions can be graded at a time."""
        return sum(self._present().values())

    def ask(self, question: Question) -> Answer:
        """The answer of a worker that is free. Raises `SandboxError` where none is left, or two tries failed."""
        ended, failed = 0, ""
        for _ in range(TRIES):
            try:
                while (said := self._ask_one(question)) is not None:
                    if not said.refused:
                        return said
                ended += 1
            except _DaskFailed as error:
                failed = str(error)
        why = [f"{counted(ended, 'worker')} ended while grading it"] if ended else []
        why += [f"Dask failed ({failed})"] if failed else []
        raise SandboxError(
            f"{' and '.join(why)}, so it is set aside; see the workers' logs, "
            "and run the same command again to try it once more"
        )

    def stop(self) -> None:
        """Ask nothing more, and wait for no answer."""
        self._stopped.set()

    def _ask_one(self, question: Question) -> Answer | None:
        """What a free worker answers; None where it is lost. One that refuses is not asked again."""
        worker = self._take(question.digest)
        said = None
        try:
            has_had = question.digest in self._sent[worker]
            said = self._wait(worker, self._submit(worker, replace(question, submission=None) if has_had else question))
            if said and said.lacks:  # it was restarted, or needed the room
                said = self._wait(worker, self._submit(worker, question))
        finally:
            with self._changed:
                self._busy[worker] -= 1
                if said is None:
                    self._sent.pop(worker, None)
                elif said.refused:
                    self._refusals[worker] = said.refused
                else:
                    self._sent[worker].add(question.digest)
                self._changed.notify_all()
        return said

    def _make_ready(self) -> None:
        """Have all workers load the assignment at once. Raises `UsageError` where one refuses."""
        ready = Question(self.run, Ask.READY)
        asked = {worker: self._submit(worker, ready) for worker in self._present()}
        for worker, future in asked.items():
            try:
                said = self._wait(worker, future)
            except _DaskFailed as error:
                raise UsageError(f"--cluster: worker {error}; see its log") from None
            if said is None:
                raise UsageError(f"--cluster: worker {worker}: was lost before it was ready; see its log")
            if problem := said.refused or said.trouble:
                raise UsageError(f"--cluster: worker {printable(problem)}")

    def _take(self, digest: str) -> str:
        """A worker that has a free thread, if any one that has had the submission; waits for one.

        Raises `SandboxError` where none is left.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            if self._stopped.is_set():
                raise SandboxError("the grader is stopping")
            present = self._present()
            with self._changed:
                willing = {name: threads for name, threads in present.items() if name not in self._refusals}
                free = [name for name, threads in willing.items() if self._busy[name] < threads]
                if free:
                    has_had = {name for name in free if digest in self._sent[name]}
                    worker = min(has_had or free, key=lambda name: (self._busy[name] / willing[name], name))
                    self._busy[worker] += 1
                    return worker
                if willing:
                    deadline = time.monotonic() + WAIT_SECONDS
                elif time.monotonic() > deadline:
                    why = next(iter(self._refusals.values()), "")
                    raise SandboxError(f"no worker is left{f' ({why})' if why else ''}")
                self._changed.wait(LOOK_SECONDS)

    def _submit(self, worker: str, question: Question) -> Any:
        from grader.cluster.host import answer

        return self._client.submit(answer, question, workers=[worker], allow_other_workers=False, pure=False)

    def _wait(self, worker: str, future: Any) -> Answer | None:
        """What comes of a question; None where its worker is lost. Raises `_DaskFailed`."""
        from distributed import CancelledError, KilledWorker

        while True:
            try:
                return ANSWER.parsed(future.result(timeout=LOOK_SECONDS))
            except TimeoutError:
                if self._stopped.is_set():
                    future.cancel()
                    raise SandboxError("the grader is stopping") from None
                if worker not in self._present():
                    future.cancel()
                    return None
            except KilledWorker:
                return None
            except CancelledError:
                raise SandboxError(LOST) from None
            except Unreadable as problem:
                return Answer(trouble=f"{worker}: what it answered is not an answer: {problem}")
            except Exception as error:  # whatever is wrong there
                raise _DaskFailed(f"{worker}: {type(error).__name__}: {printable(str(error))[:200]}") from None

    def _present(self) -> dict[str, int]:
        """The workers that are there, with their threads, as of a second ago at most. Raises `SandboxError`."""
        with self._changed:
            if time.monotonic() - self._looked > LOOK_SECONDS:
                try:
                    found = self._client.sync(self._client.scheduler.identity, n_workers=-1)["workers"]
                except Exception:  # whatever Dask says where its scheduler is gone
                    raise SandboxError(LOST) from None
                self._threads = {name: int(worker["nthreads"]) for name, worker in found.items()}
                self._looked = time.monotonic()
            return self._threads


@contextmanager
def _alone(url: str, tell: Callable[[str], None]) -> Iterator[None]:
    """While no other run has the cluster. Raises `UsageError` where one has it."""
    from distributed import Lock

    hold = Lock("grader")
    if not hold.acquire(timeout=LOOK_SECONDS):
        tell(f"cluster: another run has it, or was killed; waiting up to {TAKE_SECONDS} s for its hold to end")
        if not hold.acquire(timeout=TAKE_SECONDS):
            raise UsageError(f"--cluster {url}: it grades for another run; wait for its end")
    try:
        yield
    finally:
        with suppress(OSError):
            hold.release()
