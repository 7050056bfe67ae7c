"""The notebook's cells as they are run while grading, and why a name has no value. Beside student code."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.core.cell_note import CellNote, Why
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.core.wire import fault_of_list
from grader.worker.python_cells import as_python, cell_magic, why_skipped

CELLS = "cells.json"  # where `grader.files.notebooks` puts them
Cell = Mapping[str, Any]
Broken = Sequence[Sequence[Any]]
IMPORTS = (ast.Import, ast.ImportFrom)


def has_cells(folder: Path) -> bool:
    """Whether a notebook was submitted: one that is to lie beside modules may be missing."""
    return (folder / CELLS).is_file()


def read_cells(folder: Path) -> list[dict[str, Any]]:
    """The notebook's cells with code, as they were written."""
    cells: list[dict[str, Any]] = json.loads((folder / CELLS).read_bytes())
    return cells


class NotebookCells:
    """Cells as they were `written`, and what a trial has found.

    `broken` has for each statement that did not run through [cell, fault as a list, statement, cut]: a cell is `cut` at
    a statement that took too long or ended the process, and then is run up to it only.
    """

    def __init__(self, written: Sequence[Cell], skip_calls: Sequence[str], broken: Broken = ()) -> None:
        self._written = written
        self._skip_calls = skip_calls
        self._broken = broken

    def to_run(self) -> list[dict[str, Any]]:
        """Those that are run while grading, as Python."""
        cells = [{**cell, "source": as_python(cell["source"])[0]} for cell in self._written]
        return [cell for cell in cells if not why_skipped(cell, self._skip_calls)]

    def cut_of(self, number: int) -> int | None:
        """The statement before which a cell is stopped, if it is one that has to be."""
        return min((each[2] for each in self._broken if each[0] == number and each[3]), default=None)

    def notes(self) -> list[CellNote]:
        """What of the notebook is not run, and why: for the report."""
        notes: list[CellNote] = []
        for cell in self._written:
            source, removed = as_python(cell["source"])
            if removed:
                notes.append(CellNote(cell["number"], Why.NOT_PYTHON, removed))
            if why := why_skipped({**cell, "source": source}, self._skip_calls):
                notes.append(why)
        return notes

    def why_lost(self, name: str, *, at: int | None = None) -> Fault | None:
        """The first cause of a name's having no value, in the cell `at` or at the end; None where no cell gives it one.

        A statement that did not run through, a cell that is not run, or one that comes after the cell `at`.
        """
        sources = {cell["number"]: as_python(cell["source"])[0] for cell in self._written}
        for number, said, statement, _ in self._broken:
            if name in _lost(sources.get(number, ""), statement):
                return fault_of_list(said)
        for cell in self._written:
            number = cell["number"]
            if (magic := cell_magic(cell["source"])) and name in defined(cell["source"].partition(magic)[2]):
                message = f"`{name}` stands in cell {number} below `{magic.split()[0]}`: such a cell defines nothing"
                next_step = f"Remove the line `{magic}` from cell {number}."
                return Fault(Outcome.MISSING, message, next_step, cause=f"the magic of cell {number}")
            if name not in defined(sources[number]):
                continue
            if why := why_skipped({**cell, "source": sources[number]}, self._skip_calls):
                message = f"`{name}` is defined in cell {number}, which is not run while grading: {why.reason}"
                return Fault(Outcome.MISSING, message, f"Give the definition of `{name}` a cell of its own.")
            if at is not None and number > at:
                message = f"`{name}` gets its value in cell {number}, further down"
                return Fault(Outcome.RUNTIME_ERROR, message, "Cells are run from top to bottom: move that one up.")
        return None


def defined(source: str) -> set[str]:
    """The names that a cell would define at its top level; of one that is not Python, those that look so."""
    try:
        return _bound(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = (line.split("(")[0].split(":")[0].split("=")[0].split() for line in source.splitlines())
        return {words[-1] for words in lines if words and (len(words) == 1 or words[0] in ("def", "class"))}


def _lost(source: str, statement: int) -> set[str]:
    """The names that a cell does not define where this statement of it has raised, or was never reached.

    An import costs its own names; after another statement only imports were run.
    """
    try:
        raised, *rest = ast.parse(source).body[statement:]
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # of which none is run, or there is none
        return defined(source)
    return _bound([raised] if isinstance(raised, IMPORTS) else [raised, *rest])


def _bound(statements: Iterable[ast.stmt]) -> set[str]:
    found: set[str] = set()
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
        else:
            found |= {
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
            found |= {(alias.asname or alias.name).partition(".")[0] for each in ast.walk(node)
                      if isinstance(each, IMPORTS) for alias in each.names}  # fmt: skip
    return found
