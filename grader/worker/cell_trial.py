"""The trial of a notebook: which cells raise, take too long, or end the process. Beside student code.

    keeper   the process that was asked to; runs no cell, and so lives to tell
    runner   its fork; runs the cells in order and tells the keeper what happens. Where one ends too early, the keeper
             notes that down and forks another, which runs the same cells up to that statement, and goes on behind it

What a runner tells are lines of JSON, on the descriptor that is the result's elsewhere. They are believed by nobody:

    [cell, statement, line]      this statement begins
    [cell, fault, statement]     this cell is broken, as in `StudentNotebook`
    []                           there are no more cells
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import selectors
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from grader.core.observation import Fault, fault_of_exit
from grader.core.verdict import Outcome
from grader.core.wire import fault_as_list
from grader.kernel import process
from grader.worker import faults
from grader.worker.student_notebook import CellRun, CellTooSlow, Silence, alarm, fresh_names

LEAST_SHARE = 0.5  # seconds for one cell
GRACE = 2.0  # seconds: a cell may ignore its first alarms; then its runner is killed
PIPE_SIZE = 1 << 16  # what a pipe holds: the last words of a runner that has ended are read at once
LINE_CAP = 1 << 14
STATEMENTS_CAP = 1 << 20


def broken_cells(cells: Sequence[Mapping[str, Any]], submission: Path, seconds: float, result: int) -> list[list[Any]]:
    """Run the cells; what is wrong with each broken one, as in `StudentNotebook`'s `broken`, number first.

    Those that must be stopped stand before those that raise, as not all may be passed on. Comes back within `seconds`
    and `GRACE`, with what is known by then. `result` is the descriptor that is kept from the cells: what they write
    there goes to the keeper.
    """
    trial = _Trial(cells, submission, time.monotonic() + seconds)
    with contextlib.suppress(OSError):  # no process available: those that cells have left behind use up the limit
        while _try_once(trial, result) and time.monotonic() < trial.last:
            pass
    return sorted(trial.broken.values(), key=lambda found: found[2] < 0)


@dataclass(frozen=True, slots=True)
class _Trial:
    """What the keeper knows; a runner has it as it was when it was forked. Times are those of `monotonic`.

    `tried` are the cells that an earlier runner has begun. They have had their share of the time: they get no other,
    nor can they use up the little that is left to them now.
    """

    cells: Sequence[Mapping[str, Any]]
    submission: Path
    deadline: float
    broken: dict[int, list[Any]] = field(default_factory=dict)
    tried: set[int] = field(default_factory=set)

    @property
    def last(self) -> float:
        """When every runner is killed."""
        return self.deadline + GRACE

    def share(self) -> float:
        """Seconds for a cell that begins now: half of what is left."""
        return max(LEAST_SHARE, (self.deadline - time.monotonic()) / 2)


def _slow(number: int, share: float, statement: int) -> list[Any]:
    message = f"cell {number} was stopped after {share:.1f} s"
    fault = Fault(Outcome.TIME_LIMIT, message, "Look for a loop that never ends, or tag the cell `skip`.")
    return [number, fault_as_list(fault), statement]


# --- the keeper ---


def _try_once(trial: _Trial, result: int) -> bool:
    """Have a runner run the cells; whether another may find more. Raises `OSError` where no process is available."""
    hearing, telling = os.pipe()
    generator = random.getstate()
    runner = os.fork()
    if runner == 0:
        _run(trial, hearing, telling, result, generator)
    os.close(telling)
    heard = _Heard(trial)
    try:
        ended = heard.listen(hearing, runner)
    finally:
        os.close(hearing)
        os.kill(runner, signal.SIGKILL)  # until it is waited for, its number is nobody else's
        with contextlib.suppress(ProcessLookupError):
            os.killpg(runner, signal.SIGKILL)  # what it has started would be in the way of the next
        code = os.waitstatus_to_exitcode(os.waitpid(runner, 0)[1])
    trial.tried.update(heard.begun)
    found = heard.why_not_all(code if ended else None)
    if found:
        trial.broken[found[0]] = found
    return found is not None


class _Heard:
    """What its keeper hears of one runner."""

    def __init__(self, trial: _Trial) -> None:
        self.begun: set[int] = set()
        self._trial = trial
        self._numbers = {cell["number"] for cell in trial.cells}
        self._all_run = False
        self._last: tuple[int, int, int] | None = None  # cell, statement, line
        self._share: float | None = None  # of the last cell; none for one that was tried before
        self._began = 0.0
        self._rest = b""

    def listen(self, hearing: int, runner: int) -> bool:
        """Until all is run, the runner has ended or its time is over; whether it has ended."""
        ended = os.pidfd_open(runner)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(hearing, selectors.EVENT_READ)
                selector.register(ended, selectors.EVENT_READ)  # what it left behind may hold the pipe open
                while not self._all_run and (left := self._until() - time.monotonic()) > 0:
                    ready = [key.fd for key, _ in selector.select(left)]
                    if hearing in ready and not self._hear(os.read(hearing, PIPE_SIZE)):
                        selector.unregister(hearing)
                    if ended in ready:
                        return True
        finally:
            os.close(ended)
        return False

    def why_not_all(self, code: int | None) -> list[Any] | None:
        """What is wrong with the last cell, after a runner that ended by itself with `code` or else was killed.

        None where all cells have been run, and where nothing can be said of this one.
        """
        if self._all_run or self._last is None:
            return None
        number, statement, line = self._last
        if self._share is not None and time.monotonic() - self._began >= self._share:
            return _slow(number, self._share, statement)
        if code is None:
            return None
        fault = fault_of_exit(code)
        message = f"cell {number} stopped in line {line}: {fault.message}"
        next_step = fault.next_step or "Look at that line, or tag the cell `skip`."
        return [number, fault_as_list(Fault(fault.outcome, message, next_step)), statement]

    def _until(self) -> float:
        """When the runner is to be killed."""
        last = self._trial.last
        return last if self._share is None else min(last, self._began + self._share + GRACE)

    def _hear(self, chunk: bytes) -> bool:
        """Take in what was read; whether it was anything."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest[:LINE_CAP]
        for line in filter(None, lines):
            match _parsed(line[:LINE_CAP]):
                case [int(number), int(statement), int(at)] if number in self._numbers and _counts(statement):
                    self._begins(number, statement, at)
                case [int(number), [str(), str(), str(), str(), str()], int(statement)] as found if (
                    number in self._numbers and _counts(statement)
                ):
                    self._trial.broken[number] = found
                case []:
                    self._all_run = True
        return bool(chunk)

    def _begins(self, number: int, statement: int, line: int) -> None:
        if self._last is None or number != self._last[0]:
            self._began = time.monotonic()
            self._share = None if number in self._trial.tried else self._trial.share()
            self.begun.add(number)
        self._last = number, statement, line


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # student code can write there too
        return None


def _counts(statement: int) -> bool:
    return -1 <= statement < STATEMENTS_CAP


# --- the runner ---


def _run(trial: _Trial, hearing: int, telling: int, result: int, generator: tuple[Any, ...]) -> NoReturn:
    runner = os.getpid()

    def tell(*said: object) -> None:
        if os.getpid() == runner:  # a cell may fork, and both run on
            os.write(result, b"\n" + json.dumps(said).encode() + b"\n")  # or leave half a line there

    try:
        process.die_with_parent()
        os.setpgid(0, 0)
        os.dup2(telling, result)
        os.close(telling)
        os.close(hearing)
        random.setstate(generator)  # the fork has seeded it anew
        names = fresh_names()
        with contextlib.redirect_stdout(Silence()):
            for cell in trial.cells:
                _run_cell(trial, CellRun(cell, names, trial.submission), tell)
        tell()
    finally:
        os._exit(0)


def _run_cell(trial: _Trial, run: CellRun, tell: Callable[..., None]) -> None:
    begins = partial(tell, run.number)
    if run.number in trial.tried:
        known = trial.broken.get(run.number)
        run.all(known[2] if known else None, begins=begins)
        return
    share = trial.share()
    with alarm(share, partial(os._exit, 1)):
        error = run.all(None, begins=begins)
    if isinstance(error, CellTooSlow):
        tell(*_slow(run.number, share, run.statement))
    elif error is not None:
        fault = faults.explain(error, trial.submission)
        fault = replace(fault, message=f"cell {run.number} stopped: {fault.message}")
        tell(run.number, fault_as_list(fault), -1)
