"""The trial of a notebook: which cells raise, take too long, or end the process. Beside student code.

    keeper   the process that was asked to; runs no cell, and so lives to tell
    runner   a process that the keeper makes; runs the cells in order and tells the keeper what happens. Where one ends
             too early, the keeper notes that down and makes another, which runs the same cells up to that statement,
             and goes on behind it

What a runner tells are lines of JSON. They are believed by nobody:

    [cell, statement, line]         this statement begins
    [cell, fault, statement, cut]   this statement did not run through, see `NotebookCells`
    []                              there are no more cells
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from grader.core.errors import WireError
from grader.core.observation import Fault, fault_of_exit
from grader.core.own_time import OwnTime
from grader.core.verdict import Outcome
from grader.core.wire import fault_as_list, fault_of_list
from grader.worker import faults
from grader.worker.notebook_cells import Cell, NotebookCells
from grader.worker.notebook_shell import fresh_names
from grader.worker.student_notebook import CellRun, CellTooSlow, Silence, alarm

LEAST_SHARE = 0.5  # seconds for one cell
GRACE = 2.0  # seconds: a cell may ignore its first alarms; then its runner is killed
LOOK = 0.1  # seconds between two looks at the runner's time
LINE_CAP = 1 << 16
STATEMENTS_CAP = 1 << 20
FOUND_CAP = 200


class Runner(Protocol):
    """A process that runs the cells."""

    def processor_time(self) -> float:
        """Seconds that it has taken, where that is known, else on the clock."""

    def read(self) -> bytes | None:
        """What it has told within `LOOK`; None once it has ended."""

    def end(self) -> int:
        """Kill it and what it has started, which would be in the way of the next; how it ended."""


def broken_cells(
    written: Sequence[Cell],
    skip_calls: Sequence[str],
    submission: Path,
    wanted: Sequence[str],
    seconds: float,
    runner: Callable[[Trial], Runner],
) -> list[list[Any]]:
    """Run the cells, given as they were written; what is wrong with each statement that did not run through.

    Those that must be stopped stand before those that raise, as not all may be passed on. Comes back within `seconds`
    and `GRACE` of the cells' own time (see `OwnTime`), with what is known by then. `runner` makes one, or raises
    `OSError`.
    """
    trial = Trial(written, skip_calls, submission, wanted, seconds)
    with contextlib.suppress(OSError):  # no process available: those that cells have left behind use up the limit
        while _try_once(trial, runner) and trial.taken < trial.last:
            pass
    return sorted(trial.broken, key=lambda found: not found[3])


@dataclass(slots=True)
class Trial:
    """What the keeper knows; a runner has it as it was when it was made, and goes on from there.

    `wanted` are the paths in the submission of the files that the assignment asks for beside the notebook. `seconds`
    are for all cells, and `taken` is what they took so far. `tried` are the cells that an earlier runner has begun.
    They have had their share of the time: they get no other, nor can they use up the little that is left to them now.
    """

    written: Sequence[Cell]
    skip_calls: Sequence[str]
    submission: Path
    wanted: Sequence[str]
    seconds: float
    taken: float = 0.0
    broken: list[list[Any]] = field(default_factory=list)
    tried: set[int] = field(default_factory=set)

    @property
    def cells(self) -> NotebookCells:
        """With what is known of them by now, and later on."""
        return NotebookCells(self.written, self.skip_calls, self.broken)

    @property
    def last(self) -> float:
        """When every runner is killed: as much as may be taken."""
        return self.seconds + GRACE

    def share(self) -> float:
        """Seconds for a cell that begins now: half of what is left."""
        return max(LEAST_SHARE, (self.seconds - self.taken) / 2)


def _slow(number: int, share: float, statement: int) -> list[Any]:
    message = f"cell {number} was stopped after {share:.1f} s"
    fault = Fault(Outcome.TIME_LIMIT, message, "Look for a loop that never ends, or tag the cell `skip`.")
    return [number, fault_as_list(fault), statement, True]


# --- the keeper ---


def _try_once(trial: Trial, make: Callable[[Trial], Runner]) -> bool:
    """Have a runner run the cells; whether another may find more. Raises `OSError` where no process is available."""
    runner = make(trial)
    heard = _Heard(trial, runner.processor_time)
    try:
        ended = heard.listen(runner)
    finally:
        heard.settle()
        code = runner.end()
    trial.tried.update(heard.begun)
    found = heard.why_not_all(code if ended else None)
    if found:
        trial.broken.append(found)
    return found is not None


class _Heard:
    """What its keeper hears of one runner."""

    def __init__(self, trial: Trial, clock: Callable[[], float]) -> None:
        self.begun: set[int] = set()
        self._trial = trial
        self._clock = clock
        self._own, self._taken = OwnTime(self._clock), 0.0  # of the last cell
        self._numbers = {cell["number"] for cell in trial.written}
        self._all_run = False
        self._last: tuple[int, int, int] | None = None  # cell, statement, line
        self._share: float | None = None  # of the last cell; none for one that was tried before
        self._rest = b""

    def listen(self, runner: Runner) -> bool:
        """Until all is run, the runner has ended or its time is over; whether it has ended."""
        while not self._all_run and not self._is_late():
            told = runner.read()
            if told is None:
                return True
            self._hear(told)
        return False

    def settle(self) -> None:
        """Count the time of the last cell, while its runner is there."""
        self._taken = self._own.taken()
        self._trial.taken += self._taken

    def why_not_all(self, code: int | None) -> list[Any] | None:
        """What is wrong with the last cell, after a runner that ended by itself with `code` or else was killed.

        None where all cells have been run, and where nothing can be said of this one.
        """
        if self._all_run or self._last is None:
            return None
        number, statement, line = self._last
        if self._share is not None and self._taken >= self._share:
            return _slow(number, self._share, statement)
        if code is None:
            return None
        fault = fault_of_exit(code)
        message = f"cell {number} stopped in line {line}: {fault.message}"
        next_step = fault.next_step or "Look at that line, or tag the cell `skip`."
        return [number, fault_as_list(Fault(fault.outcome, message, next_step)), statement, True]

    def _is_late(self) -> bool:
        """Whether the runner is to be killed."""
        most = self._trial.last - self._trial.taken
        if self._share is not None:
            most = min(most, self._share + GRACE)
        return self._own.stands_still(most) or self._own.taken() >= most

    def _hear(self, chunk: bytes) -> None:
        *lines, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest[:LINE_CAP]
        for line in filter(None, lines):
            match _parsed(line[:LINE_CAP]):
                case [int(number), int(statement), int(at)] if number in self._numbers and _counts(statement):
                    self._begins(number, statement, at)
                case [int(number), said, int(statement), bool()] as found if (
                    number in self._numbers and _counts(statement) and len(self._trial.broken) < FOUND_CAP
                ):
                    with contextlib.suppress(WireError):
                        fault_of_list(said)
                        self._trial.broken.append(found)
                case []:
                    self._all_run = True

    def _begins(self, number: int, statement: int, line: int) -> None:
        if self._last is None or number != self._last[0]:
            self.settle()
            self._own = OwnTime(self._clock)
            self._share = None if number in self._trial.tried else self._trial.share()
            self.begun.add(number)
        self._last = number, statement, line


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # student code can write there too
        return None


def _counts(statement: int) -> bool:
    return 0 <= statement < STATEMENTS_CAP


# --- the runner ---


def run_cells(trial: Trial, tell: Callable[..., None]) -> None:
    """Run the cells, and tell what happens."""
    names = fresh_names()
    cells = trial.cells
    with contextlib.redirect_stdout(Silence()):
        for cell in cells.to_run():
            _run_cell(trial, cells, CellRun(cell, names, trial.submission), tell)
    tell()


def _run_cell(trial: Trial, cells: NotebookCells, run: CellRun, tell: Callable[..., None]) -> None:
    begins = partial(tell, run.number)
    if run.number in trial.tried:
        own = OwnTime(time.process_time)
        run.all(cells.cut_of(run.number), begins=begins)
        trial.taken += own.taken()
        return
    share = trial.share()
    with alarm(share, partial(os._exit, 1)) as clock:
        raised = run.all(None, begins=begins)
    trial.taken += clock.taken
    for statement, error in raised:
        if isinstance(error, CellTooSlow):
            found = _slow(run.number, share, statement)
        else:
            why_lost = partial(cells.why_lost, at=run.number)
            fault = faults.explain(error, trial.submission, trial.wanted, why_lost=why_lost)
            if not isinstance(error, ImportError):  # which is told with its place
                fault = replace(fault, message=f"cell {run.number} stopped: {fault.message}")
            found = [run.number, fault_as_list(fault), statement, False]
        trial.broken.append(found)
        tell(*found)
