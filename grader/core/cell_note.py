"""What of a notebook's cell is not run while grading: said as data beside student code, and put into sentences outside.

Student code has run in the process that says it, so a note is one only with a tag or a call that we ourselves look for,
or with a line of the student's.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.core.errors import WireError

SKIP_TAGS = frozenset({"skip", "skip-grading"})
NUMBER_CAP = 10_000
LINE_CAP = 60


class Why(StrEnum):
    """Why a cell, or a line of it, is not run."""

    TAG = "tag"
    CALL = "call"
    NOT_PYTHON = "not_python"


@dataclass(frozen=True, slots=True)
class CellNote:
    """The number of a cell, why it is not run, and the tag, the call or the line that this is about."""

    cell: int
    why: Why
    what: str

    @property
    def reason(self) -> str:
        """Why the cell is not run, as text."""
        return f"it {'is tagged' if self.why is Why.TAG else 'calls'} {self.what}"

    @property
    def sentence(self) -> str:
        """For the report."""
        if self.why is Why.NOT_PYTHON:
            return f"cell {self.cell}: not Python, so left out: {self.what}"
        return f"cell {self.cell} is not run while grading: {self.reason}"

    def as_list(self) -> list[int | str]:
        """As it can be within a value."""
        return [self.cell, self.why.value, self.what]


def decode_note(said: object, skip_calls: Collection[str]) -> CellNote:
    """The note that `CellNote.as_list` made a list of; `skip_calls` are the assignment's. Raises `WireError`."""
    match said:
        case [int(cell), str(why), str(what)] if not isinstance(cell, bool) and 0 <= cell < NUMBER_CAP:
            fits = {
                Why.TAG: what in SKIP_TAGS,
                Why.CALL: what in skip_calls,
                Why.NOT_PYTHON: 0 < len(what) <= LINE_CAP and "\n" not in what,
            }
            if why in fits and fits[Why(why)]:
                return CellNote(cell, Why(why), what)
    raise WireError("no cell can have such a note")


def called_at_once(statements: Sequence[ast.AST]) -> set[str]:
    """The names of functions that the statements call themselves, not in the functions that they define."""
    called: set[str] = set()
    waiting = list(statements)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            called |= {node.func.id} if isinstance(node.func, ast.Name) else set()
            called |= {node.func.attr} if isinstance(node.func, ast.Attribute) else set()
        waiting.extend(ast.iter_child_nodes(node))
    return called
