"""The trial of a submission before its checks: which modules do not import, which cells do not run, so that no check
tries them again. Cells that no check looks at are not tried.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.core import wire
from grader.core.cell_note import CellNote, decode_note
from grader.core.errors import SandboxError, WireError
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.grading.rooms import Rooms
from grader.grading.tasks import Task
from grader.kernel.forks import FORKS
from grader.sandbox.run import Running
from grader.sandbox.worker_process import WorkerProcess

BROKEN_CAP = 6000  # characters in which all faults of a submission's modules or cells are passed on
CELLS_CAP = 60  # broken cells of a notebook that are passed on
NOTES_CAP = 30
# Seconds: two of them are `cell_trial`'s own, to stop what does not stop by itself.
CELLS_GRACE = 4
BEGINNING = 30  # likewise where a runner imports torch, or takes a step on a device, before it begins
LEAST_SECONDS = 0.1


class Trial:
    """Fills in what is `broken` of a package, once. `cut` where the clock has stopped a cell of a notebook.

    `tasks` are those that follow, and `note` hears what of a notebook is not run.
    """

    def __init__(
        self, rooms: Rooms, tasks: Sequence[Task], note: Callable[[CellNote], None] = lambda note: None
    ) -> None:
        self.cut = False
        self._rooms = rooms
        self._note = note
        self._is_done = False
        self._manifest = rooms.assignment.manifest
        self._has_cells = self._manifest.form == "notebook" or any(task.check.takes_notebook for task in tasks)

    def hold(self) -> None:
        """Try in rooms of its own.

        All modules in one process; where that one does not return, each in its own, to find the one that is to blame.
        """
        if self._is_done:
            return
        self._is_done = True
        if self._has_cells:
            self._try_cells()
        if modules := self._modules():
            self._try_modules(modules, self._alone({"imports": modules}, self._manifest.limits.import_seconds))

    def hold_in(self, process: WorkerProcess) -> bool:
        """Try where checks are to follow; whether nothing of the student's has run there, as cells have not."""
        if self._is_done:
            return True
        self._is_done = True
        if self._has_cells:
            self._try_cells()
        if modules := self._modules():
            limits = self._rooms.limits(self._manifest.limits.import_seconds).within(self._left)
            work = {**self._rooms.about(), "imports": modules}
            self._try_modules(modules, self._result(lambda: process.begin(work, limits)))
        return not modules

    def _try_modules(self, modules: list[str], together: Mapping[str, Any] | Fault) -> None:
        for module in modules:
            blamed = isinstance(together, Fault) and len(modules) > 1
            result = self._alone({"imports": [module]}, self._manifest.limits.import_seconds) if blamed else together
            self._note_module(module, result)

    def _modules(self) -> list[str]:
        """Those that the assignment asks for, and that are there, by their full names."""
        asked = self._manifest.modules.items()
        return [name for path, name in asked if f"submission/{path}" in self._rooms.submission]

    def _note_module(self, module: str, result: Mapping[str, Any] | Fault) -> None:
        """Remember why a module does not import. What the child says of itself is checked like any frame."""
        if isinstance(result, Fault):
            path = next(path for path, name in self._manifest.modules.items() if name == module)
            message = f"{path} could not be imported: {result.message}"
            found = replace(result, message=message, place=result.place or path)
        else:
            try:
                found = wire.fault_of_list(result.get(module))
            except WireError:
                return
        self._rooms.broken.append([module, _short(found, len(self._manifest.files))])

    def _try_cells(self) -> None:
        """Find the cells that raise, take too long or end the process.

        What does not come back is left to the checks to find again.
        """
        seconds = min(self._manifest.limits.import_seconds, self._left)
        begins_at_once = FORKS and self._rooms.sandbox.device == "cpu"
        result = self._alone({"cells": seconds}, seconds + (CELLS_GRACE if begins_at_once else BEGINNING))
        cells = result.get("cells") if not isinstance(result, Fault) else None
        notes = result.get("notes") if not isinstance(result, Fault) else None
        for note in notes[:NOTES_CAP] if isinstance(notes, list) else []:
            with contextlib.suppress(WireError):
                self._note(decode_note(note, self._manifest.skip_calls))
        broken = cells[:CELLS_CAP] if isinstance(cells, list) else []
        for cell in broken:
            match cell:
                case [int(number), list(said), int(statement), bool(cut)] if 0 <= statement < 1 << 20:
                    with contextlib.suppress(WireError):
                        fault = wire.fault_of_list(said)
                        self._rooms.broken.append([number, _short(fault, len(broken)), statement, cut])
                        self.cut |= fault.outcome is Outcome.TIME_LIMIT

    def _alone(self, work: Mapping[str, Any], seconds: float) -> Mapping[str, Any] | Fault:
        limits = self._rooms.limits(seconds).within(self._left)
        work = {**self._rooms.about(), **work}
        return self._result(lambda: self._rooms.sandbox.begin(self._rooms.place([]), work, limits))

    def _result(self, begin: Callable[[], Running]) -> Mapping[str, Any] | Fault:
        try:
            return self._rooms.finish(begin()).result
        except SandboxError:
            return {}  # the checks will say so themselves

    @property
    def _left(self) -> float:
        return max(self._rooms.budget.left, LEAST_SECONDS)


def _short(fault: Fault, among: int) -> list[Any]:
    most = BROKEN_CAP // among
    return wire.fault_as_list(replace(fault, message=fault.message[:most], next_step=fault.next_step[:most]))
