"""Observing: run the probes of many checks on one package, within one time budget.

    together   cases that may see the same things, in one process; what is settled there is not run again
    alone      all others, each in a place and a process of its own

Grading and regeneration share this half of the flow; what they do with the observations differs.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Self, TypeAlias

from grader.assignment.assignment import Assignment
from grader.core.cell_note import CellNote
from grader.core.errors import SandboxError
from grader.core.observation import Fault, Observation
from grader.core.verdict import Outcome
from grader.core.wire import fault_as_list
from grader.grading.budget import Budget
from grader.grading.rooms import Rooms
from grader.grading.tasks import Observed, Task, groups_of
from grader.grading.trial import Trial
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.worker_process import WorkerProcess

LOST_CAP = 2  # processes that cases took along, or in which they left something running: then all others go alone

Settles: TypeAlias = Callable[[Observed], bool]
First: TypeAlias = Callable[[WorkerProcess], object]


def observe(
    sandbox: Sandbox,
    assignment: Assignment,
    files: Mapping[str, bytes],
    tasks: Sequence[Task],
    *,
    settings: Mapping[str, object] | None = None,
    patient: bool = False,
    spent: float = 0.0,
    note: Callable[[CellNote], None] = lambda note: None,
    settles: Settles | None = None,
    first: First = lambda process: None,
    parts: bool = False,
    whole_gpu: bool = False,
) -> Generator[Observed]:
    """Run the tasks on a package of `files` (path below the package -> content); those that run alone come last.

    Where `settles` is given, tasks share processes, and it tells whether what came of one there stands; `first` is
    called with such a process before anything of the student's runs in it. Where the sandbox fails, a task is tried
    once more. `settings` are those of `variants`; a `patient` caller gives each task five times its seconds and all
    together no end. `spent` are seconds of the budget that are used up already. `note` hears what of a notebook is not
    run. `parts` is that of `groups_of`. `whole_gpu` is that of `Limits`.
    """
    rooms = Rooms(sandbox, assignment, files, settings=settings, patient=patient, whole_gpu=whole_gpu)
    rooms.budget.left -= spent
    trial = Trial(rooms, tasks, note)
    done: set[tuple[str, str | None]] = set()
    for group in groups_of(assignment, tasks, parts=parts) if settles else []:
        assert settles
        with Together(rooms, trial, group, first) as together:
            for task in group:
                if observed := together.observe(task, settles):
                    done.add(task.name)
                    yield observed
    alone = [task for task in tasks if task.name not in done]
    if alone:
        trial.hold()
        yield from observe_alone(rooms, trial, alone)


class Together:
    """Tasks that may see the same things, in a process that they share, one after the other as they are asked for.

    The process is started with the first of them, and another where it is lost; then all others go alone.
    """

    def __init__(self, rooms: Rooms, trial: Trial, tasks: Sequence[Task], first: First = lambda process: None) -> None:
        self._rooms, self._trial, self._tasks, self._first = rooms, trial, tasks, first
        self._process: WorkerProcess | None = None
        self._untouched = False  # nothing of the student's has run in it
        self._lost = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def observe(self, task: Task, settles: Settles) -> Observed | None:
        """What the task gave, where that stands; None where it is to be run alone."""
        if self._lost >= LOST_CAP or self._rooms.shared_budget.is_spent:
            return None
        try:
            process = self._living()
            observed = Observed(task, self._rooms.ask(process, task), cut=self._trial.cut)
        except SandboxError:
            self._lose()
            return None
        stands = self._untouched or settles(observed) or _is_known(self._rooms, observed)
        self._untouched = False
        if process.is_lost or process.has_left_something():
            self._lose()
        return observed if stands else None

    def _living(self) -> WorkerProcess:
        if self._process is None:
            self._process = self._rooms.share(self._tasks)
            self._first(self._process)
            if not self._process.is_lost:
                self._untouched = self._trial.hold_in(self._process)
            if self._process.is_lost:  # by the imports, of which those that did it are known now, or by what came first
                self._lose()
                return self._living()
        return self._process

    def end(self) -> None:
        """Leave nothing running; another task would start a process anew."""
        if self._process:
            self._process.end()
            self._process = None

    def _lose(self) -> None:
        self._lost += 1
        self.end()


def _is_known(rooms: Rooms, observed: Observed) -> bool:
    """Whether it is a fault that the trial has found: it would be the same anywhere."""
    assert observed.observation
    result = observed.observation.result
    return isinstance(result, Fault) and fault_as_list(result) in [said for _, said, *_ in rooms.broken]


def observe_alone(rooms: Rooms, trial: Trial, tasks: Sequence[Task]) -> Iterator[Observed]:
    """Each of the tasks in a place of its own; while one runs, the place of the next is made."""
    prepared: Slot | None = None
    try:
        for task, following in zip_longest(tasks, tasks[1:]):
            this, prepared = prepared, None
            if rooms.budget.is_spent:
                if this:
                    rooms.sandbox.discard(this)
                yield Observed(task, _not_run(rooms.budget))
                continue
            try:
                running = rooms.begin(task, this or rooms.place([task]))
                prepared = _prepared(rooms, following)
                observation = rooms.finish(running)
            except SandboxError:
                if prepared:  # it may have died of the same
                    rooms.sandbox.discard(prepared)
                    prepared = None
                try:
                    observation = rooms.finish(rooms.begin(task, rooms.place([task])))
                except SandboxError as error:
                    yield Observed(task, None, str(error))
                    continue
            yield Observed(task, observation, cut=trial.cut)
    finally:
        if prepared:
            rooms.sandbox.discard(prepared)


def _prepared(rooms: Rooms, task: Task | None) -> Slot | None:
    """The place of the next task, or None where there is none or it cannot be made now."""
    try:
        return rooms.place([task]) if task else None
    except SandboxError:
        return None


def _not_run(budget: Budget) -> Observation:
    message = f"not run: {budget} are used up"
    return Observation(Fault(Outcome.TIME_LIMIT, message, "Fix what takes so long in the checks above."), 0.0)
