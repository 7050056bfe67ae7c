"""The student's notebook as probes see it: one module, made by running its cells in order. Beside student code.

Each cell stands alone: one that raises costs what it defines and no more, and so does one that `cell_trial` has seen
take too long or end the process.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import difflib
import inspect
import io
import linecache
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Self

from grader.core.own_time import OwnTime
from grader.worker.notebook_cells import IMPORTS, NotebookCells
from grader.worker.notebook_shell import fresh_names, names_of_colab
from grader.worker.student_package import KnownBroken, MissingFile, undisturbed_generators

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

    `cells` is None where there is no notebook, and `file` what it is called. Raises `MissingName`, `MissingFile` where
    there is none, or `KnownBroken` with the fault that keeps the name from being defined.
    """

    def __init__(self, cells: NotebookCells | None, submission: Path, *, file: str = "") -> None:
        self._file = file
        self._submission = submission
        self._cells = cells
        self._names: dict[str, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._cells is None:
            raise MissingFile(self._file, ())
        if self._names is None:
            self._names = fresh_names()
            # What cells print when they are run is in the notebook; the log of a check is what the check has printed.
            with undisturbed_generators(), contextlib.redirect_stdout(Silence()):
                for cell in self._cells.to_run():
                    CellRun(cell, self._names, self._submission).all(self._cells.cut_of(cell["number"]))
        if name in self._names:
            return self._names[name]
        if fault := self._cells.why_lost(name):
            raise KnownBroken(fault)
        raise MissingName(name, difflib.get_close_matches(name, [n for n in self._names if n[:1] != "_"], 3, 0.5))


class CellRun:
    """One cell, statement by statement, as far as it goes."""

    def __init__(self, cell: Mapping[str, Any], names: dict[str, Any], submission: Path) -> None:
        self.number: int = cell["number"]
        self._source: str = cell["source"]
        self._names = names
        self._file = str(submission / f"cell {self.number}")  # as messages show it

    def all(
        self,
        cut: int | None,
        show: Callable[[object], None] | None = None,
        *,
        begins: Callable[[int, int], None] = lambda statement, line: None,
    ) -> list[tuple[int, BaseException]]:
        """Run the statements, or those before `cut`; which of them raised what, SystemExit included.

        An import that fails costs its names alone, and one of Colab's nothing; after another exception only imports are
        run. `show` gets the value of an expression that is the last statement, as in a notebook. `begins` hears of each
        statement and its line before it is run.
        """
        linecache.cache[self._file] = (len(self._source), None, self._source.splitlines(True), self._file)
        raised: list[tuple[int, BaseException]] = []
        number, stopped = 0, False
        try:
            statements = ast.parse(self._source, self._file).body
            for number, statement in enumerate(statements[:cut]):
                is_import = isinstance(statement, IMPORTS)
                if stopped and not is_import:
                    continue
                begins(number, statement.lineno)
                try:
                    self._run(statement, show if statement is statements[-1] else None)
                except Exception as error:
                    if isinstance(error, ImportError) and (instead := names_of_colab(statement)):
                        self._names.update(instead)
                        continue
                    raised.append((number, error))
                    stopped = stopped or not is_import
        except BaseException as error:  # it is not Python, takes too long, or ends Python
            raised.append((number, error))
        return raised

    def _run(self, statement: ast.stmt, show: Callable[[object], None] | None) -> None:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        if show and isinstance(statement, ast.Expr):
            code = compile(ast.Expression(statement.value), self._file, "eval", flags)
        else:
            show, code = None, compile(ast.Module([statement], []), self._file, "exec", flags)
        value = eval(code, self._names)  # noqa: S307  in the room
        if code.co_flags & inspect.CO_COROUTINE:
            import asyncio

            value = asyncio.run(value)
        if show:
            show(value)


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
