"""The reference solution, run in every variant (see `shaken`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from grader.assignment.assignment import Assignment
from grader.checks.checks import Check
from grader.core.errors import UsageError
from grader.core.observation import Fault
from grader.grading.grade import RETRIED
from grader.grading.observe import observe
from grader.grading.reference import read_reference
from grader.grading.shaken import ALONE, ROUNDED, VARIANTS, Run
from grader.grading.tasks import Observed, Task, tasks_of
from grader.sandbox.sandbox import Sandbox

# A last run only lists random operations.
LISTED = "random operations"
ALL: Mapping[str, Mapping[str, object]] = {**VARIANTS, **ROUNDED, LISTED: {"list_random": True}}


class ReferenceRuns:
    """The reference of one assignment in front of one sandbox. `done` hears of each run that ended."""

    def __init__(self, assignment: Assignment, sandbox: Sandbox, jobs: int, done: Callable[[str], None]) -> None:
        self._assignment, self._sandbox, self._done = assignment, sandbox, done
        self._jobs = sandbox.fitting(jobs, assignment.limits(0))
        self._files = read_reference(assignment).files

    def run_all(self, checks: Sequence[Check], variants: Iterable[str] = ALL) -> dict[str, Run]:
        """What these variants give for these checks. Raises `UsageError` where the sandbox fails twice."""
        tasks = tasks_of(checks)
        with ThreadPoolExecutor(self._jobs) as pool:
            started = {name: pool.submit(self._run, tasks, name) for name in variants}
            runs = {name: future.result() for name, future in started.items()}
        return {name: self._run_again(name, found) for name, found in runs.items()}

    def _run(self, tasks: Sequence[Task], name: str) -> list[Observed]:
        """One variant. Most share processes, which saves what it takes to begin one; what fails there is run alone."""
        settles = None if name in ALONE else _has_values
        seen = observe(
            self._sandbox, self._assignment, self._files, tasks, settings=ALL[name], patient=True, settles=settles
        )
        found = list(seen)
        self._done(name)
        return found

    def _run_again(self, name: str, found: Sequence[Observed]) -> Run:
        """A variant with what was cut short by a busy machine run once more, now that nothing else runs."""
        cut = [each.task for each in found if _is_cut(each)]
        last = {each.task.name: each for each in (*found, *(self._run(cut, name) if cut else ()))}
        run = {}
        for task, each in last.items():
            if each.observation is None:
                raise UsageError(f"{each.task.check.name}: the sandbox failed: {each.trouble}; try again")
            run[task] = each.observation
        return run


def _has_values(observed: Observed) -> bool:
    """What does not return in company is run alone, as it is when a submission is graded."""
    return observed.observation is not None and not isinstance(observed.observation.result, Fault)


def _is_cut(observed: Observed) -> bool:
    seen = observed.observation
    return seen is None or (isinstance(seen.result, Fault) and (observed.cut or seen.result.outcome in RETRIED))
