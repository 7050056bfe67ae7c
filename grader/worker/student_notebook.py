"""The student's notebook as probes see it: one module, made by running its cells in order. Beside student code.

Each cell stands alone: one that raises costs what it defines and no more, and so does one that `cell_trial` has seen
take too long or end the process.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import ctypes
import difflib
import io
import json
import linecache
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn, Self

from grader.core.cell_note import CellNote, Why
from grader.core.observation import Fault
from grader.core.own_time import OwnTime
from grader.core.verdict import Outcome
from grader.core.wire import fault_of_list
from grader.worker.python_cells import as_python, why_skipped
from grader.worker.student_package import KnownBroken, MissingFile, undisturbed_generators

CELLS = "cells.json"  # where `grader.files.notebooks` puts them
IGNORED_ALARMS = 3
PERIOD = 0.5  # seconds between two alarms


class MissingName(Exception):
    """No cell defines the name; `near` are those that look like it."""

    def __init__(self, name: str, near: Sequence[str]) -> None:
        super().__init__(name)
        self.name = name
        self.near = tuple(near)


class CellTooSlow(BaseException):
    """The share of the time is used up. Not an `Exception`, so that few students catch it by accident."""


class StudentNotebook:
    """Attribute access runs the cells once: `hw.residual1D` is what the notebook calls `residual1D`.

    `broken` tells what a trial found, cell number -> (fault, statement): a cell that took too long or ended the process
    is run up to that statement only; one that raised has -1 there. `file` is what the notebook is called. Raises
    `MissingName`, `MissingFile` where there is no notebook, or `KnownBroken` with the fault of the cell that should
    have defined the name.
    """

    def __init__(
        self,
        name: str,
        submission: Path,
        broken: Mapping[str, Sequence[Any]],
        skip_calls: Sequence[str],
        *,
        file: str = "",
    ) -> None:
        self._file = file
        self._submission = submission
        self._folder = submission / name
        self._broken = broken
        self._skip_calls = skip_calls
        self._names: dict[str, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not has_cells(self._folder):
            raise MissingFile(self._file, ())
        if self._names is None:
            self._names = fresh_names()
            # What cells print when they are run is in the notebook; the log of a check is what the check has printed.
            with undisturbed_generators(), contextlib.redirect_stdout(Silence()):
                for cell in cells_to_run(self._folder, self._skip_calls):
                    CellRun(cell, self._names, self._submission).all(self._stops_at(cell))
        if name in self._names:
            return self._names[name]
        cells = [{**cell, "source": as_python(cell["source"])[0]} for cell in read_cells(self._folder)]
        defining = [cell for cell in cells if name in _defined(cell["source"])]
        for cell in defining:
            if str(cell["number"]) in self._broken:
                raise KnownBroken(fault_of_list(self._broken[str(cell["number"])][0]))
        for cell in defining:
            if why := why_skipped(cell, self._skip_calls):
                raise KnownBroken(_not_run(name, why))
        raise MissingName(name, difflib.get_close_matches(name, [n for n in self._names if n[:1] != "_"], 3, 0.5))

    def _stops_at(self, cell: Mapping[str, Any]) -> int | None:
        known = self._broken.get(str(cell["number"]))
        return known[1] if known and known[1] >= 0 else None


def has_cells(folder: Path) -> bool:
    """Whether a notebook was submitted: one that is to lie beside modules may be missing."""
    return (folder / CELLS).is_file()


def read_cells(folder: Path) -> list[dict[str, Any]]:
    """The notebook's cells with code, as they were written."""
    cells: list[dict[str, Any]] = json.loads((folder / CELLS).read_bytes())
    return cells


def cells_to_run(folder: Path, skip_calls: Sequence[str]) -> list[dict[str, Any]]:
    """Those that are run while grading, as Python."""
    cells = [{**cell, "source": as_python(cell["source"])[0]} for cell in read_cells(folder)]
    return [cell for cell in cells if not why_skipped(cell, skip_calls)]


def notes_on(folder: Path, skip_calls: Sequence[str]) -> list[CellNote]:
    """What of the notebook is not run, and why: for the report."""
    notes: list[CellNote] = []
    for cell in read_cells(folder):
        source, removed = as_python(cell["source"])
        if removed:
            notes.append(CellNote(cell["number"], Why.NOT_PYTHON, removed))
        if why := why_skipped({**cell, "source": source}, skip_calls):
            notes.append(why)
    return notes


def _not_run(name: str, why: CellNote) -> Fault:
    message = f"`{name}` is defined in cell {why.cell}, which is not run while grading: {why.reason}"
    return Fault(Outcome.MISSING, message, f"Give the definition of `{name}` a cell of its own.")


class CellRun:
    """One cell, statement by statement, as far as it goes."""

    def __init__(self, cell: Mapping[str, Any], names: dict[str, Any], submission: Path) -> None:
        self.number: int = cell["number"]
        self.statement = 0
        self._source: str = cell["source"]
        self._names = names
        self._file = str(submission / f"cell {self.number}")  # as messages show it

    def all(
        self,
        stop: int | None,
        show: Callable[[object], None] | None = None,
        *,
        begins: Callable[[int, int], None] = lambda statement, line: None,
    ) -> BaseException | None:
        """Run the statements, or those before `stop`; what they raised, SystemExit included.

        `show` gets the value of an expression that is the last statement, as in a notebook. `begins` hears of each
        statement and its line before it is run.
        """
        linecache.cache[self._file] = (len(self._source), None, self._source.splitlines(True), self._file)
        try:
            statements = ast.parse(self._source, self._file).body
            for number, statement in enumerate(statements):
                if number == stop:
                    break
                self.statement = number
                begins(number, statement.lineno)
                if show and statement is statements[-1] and isinstance(statement, ast.Expr):
                    code = compile(ast.Expression(statement.value), self._file, "eval")
                    show(eval(code, self._names))  # noqa: S307  in the room
                else:
                    exec(compile(ast.Module([statement], []), self._file, "exec"), self._names)  # noqa: S102  in the room
        except BaseException as error:
            return error
        return None


class alarm:
    """Raise `CellTooSlow` in the main thread when `seconds` are taken, again every half second, at last call `ignored`.

    They are seconds of this process's own time, `taken` in the end; see `OwnTime`.
    """

    def __init__(self, seconds: float, ignored: Callable[[], NoReturn]) -> None:
        self._seconds = seconds
        self._ignored = ignored
        self._own = OwnTime(time.process_time)
        self._rung = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.taken = 0.0

    def __enter__(self) -> Self:
        self._own = OwnTime(time.process_time)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self._seconds, PERIOD)  # not before that much has passed on the clock
        else:
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        if hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        else:
            self._over.set()
            self._thread.join()
            _raise_in_main(None)
        self.taken = self._own.taken()

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._is_due():
            raise CellTooSlow

    def _watch(self) -> None:
        """In a thread, where there is no such signal: it cannot wake a main thread that waits within one call."""
        pause = self._seconds
        while not self._over.wait(pause):
            pause = PERIOD
            if self._is_due():
                _raise_in_main(CellTooSlow)

    def _is_due(self) -> bool:
        if not self._own.stands_still(self._seconds) and self._own.taken() < self._seconds:
            return False
        self._rung += 1
        if self._rung > IGNORED_ALARMS:
            self._ignored()
        return True


def _raise_in_main(kind: type[BaseException] | None) -> None:
    """Have the main thread raise before its next instruction; None takes back what it has not raised yet."""
    main = ctypes.c_ulong(threading.main_thread().ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(main, ctypes.py_object(kind) if kind else None)


class Silence(io.TextIOBase):
    """A stream that keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


def fresh_names() -> dict[str, Any]:
    """What the first cell finds. `display`, `get_ipython` and the checks' own `run` do nothing here."""
    run = ModuleType("grader.notebook")
    run.run = lambda *names, **named: None  # type: ignore[attr-defined]
    sys.modules["grader.notebook"] = run
    return {
        "__name__": "__main__",
        "__builtins__": builtins,
        "display": lambda *shown, **named: None,
        "get_ipython": lambda: None,
    }


def _defined(source: str) -> set[str]:
    """The names that a cell would define at its top level; of one that is not Python, those that look so."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        lines = (line.split("(")[0].split(":")[0].split("=")[0].split() for line in source.splitlines())
        return {words[-1] for words in lines if words and (len(words) == 1 or words[0] in ("def", "class"))}
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
        else:
            found |= {
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
            found |= {alias.asname or alias.name for each in ast.walk(node)
                      if isinstance(each, ast.Import | ast.ImportFrom) for alias in each.names}  # fmt: skip
    return found
