"""The examiner: runs submissions of our own making through the checks, in the order in which they most likely fail."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import replace

from grader.authoring.memory import Memory, Seen
from grader.authoring.mutants import Mutant
from grader.core.digest import digest
from grader.core.submission import Submission
from grader.grading.grade import NOT_FINAL
from grader.grading.session import Session
from grader.grading.tasks import Task, tasks_of
from grader.results.report import ENVIRONMENT

PATIENCE, GRACE = 3, 1.0  # times the reference's own seconds, and what only the first case of a process may pay


class Examiner:
    """One session and one memory. `examine` may be called from several threads.

    Where a submission fails is learnt on the way: first comes what failed most often for the same function.
    """

    def __init__(self, session: Session, memory: Memory) -> None:
        self.session = session
        self._memory = memory
        self._tasks = tasks_of(session.context.checks)
        self._versions = session.context.versions
        self._failed: Counter[tuple[str, str]] = Counter()  # by what the submission is about, and by case
        self._failed_at_all: Counter[str] = Counter()
        self._seconds: Mapping[str, float] = {}
        self._learning = threading.Lock()

    @property
    def cases(self) -> dict[str, Task]:
        """What is asked, by name."""
        return {_name(*task.name): task for task in self._tasks}

    def limit(self, reference: Mapping[str, Seen]) -> None:
        """From now on no case takes much longer than it took the reference."""
        self._seconds = {name: seen.seconds for name, seen in reference.items()}
        self._tasks = [
            replace(
                task, check=replace(task.check, seconds=min(task.check.seconds, PATIENCE * self._seconds[name] + GRACE))
            )
            for name, task in self.cases.items()
        ]

    def examine(
        self, submission: Submission, *, about: str = "", whole: bool = True, again: bool = False
    ) -> dict[str, Seen]:
        """The verdicts by the names of cases: on all where `whole`, else up to the first failure.

        Twins come last, and only those of cases that have passed. Only what is not remembered is run. `about` is the
        function that was changed. What ran out of time or memory, or where the grader failed, is tried `again` at once
        if asked for, and never remembered.
        """
        environment = (self.session.context.provenance[name] for name in ENVIRONMENT)
        sandbox = self.session.sandbox
        files = (part for name, content in sorted(submission.files.items()) for part in (name, content))
        key = digest(*environment, sandbox.level, sandbox.device, *files)[:32]
        cases = self.cases
        remembered = self._memory.of(key)
        seen = {
            name: remembered[name]
            for name, task in cases.items()
            if name in remembered and remembered[name].version == self._versions[task.check.name]
        }
        if not whole and not all(each.passed for each in seen.values()):
            self._learn(about, seen)
            return seen
        fresh: dict[str, Seen] = {}
        missing = [name for name in self._in_order(about) if name not in seen]
        if missing:
            with self.session.one_by_one(submission, self._tasks, again=again) as one_by_one:
                for name in missing:
                    task = cases[name]
                    if task.check.is_twin and not (seen | fresh)[_name(task.check.probe_name, task.case)].passed:
                        continue
                    verdict = one_by_one.verdict(task)
                    fresh[name] = Seen(verdict.outcome, verdict.seconds, self._versions[verdict.check])
                    if not whole and not fresh[name].passed:
                        break
        if final := {name: each for name, each in fresh.items() if each.outcome not in NOT_FINAL}:
            self._memory.add(key, final)
        self._learn(about, fresh)
        return seen | fresh

    def examine_all(
        self,
        reference: Submission,
        mutants: Sequence[Mutant],
        pool: Executor,
        *,
        is_whole: Callable[[Mutant], bool],
        done: Callable[[Mutant, Mapping[str, Seen]], None],
    ) -> dict[str, dict[str, Seen]]:
        """The verdicts on every mutant, by its digest. On Ctrl-C what is under way is given up."""
        started = {
            pool.submit(self.examine, each.of(reference), about=each.function, whole=is_whole(each)): each
            for each in mutants
        }
        found = {}
        try:
            for future in as_completed(started):
                mutant = started[future]
                found[mutant.digest] = future.result()
                done(mutant, found[mutant.digest])
        except BaseException:
            for future in started:
                future.cancel()
            self.session.sandbox.stop()
            raise
        return found

    def _in_order(self, about: str) -> list[str]:
        """The names of all cases: first what fails most often, and of these the fastest; twins last."""
        cases = self.cases

        def rank(name: str) -> tuple[bool, int, int, float]:
            failed, failed_at_all = self._failed[about, name], self._failed_at_all[name]
            return cases[name].check.is_twin, -failed, -failed_at_all, self._seconds.get(name, 0.0)

        with self._learning:
            return sorted(cases, key=rank)

    def _learn(self, about: str, seen: Mapping[str, Seen]) -> None:
        with self._learning:
            for name in (name for name, each in seen.items() if not each.passed):
                self._failed[about, name] += 1
                self._failed_at_all[name] += 1


def _name(check: str, case: str | None) -> str:
    return check if case is None else f"{check}[{case}]"
