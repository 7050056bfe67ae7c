"""What of a notebook's cell is Python, and whether it is run. Beside student code: parsing hostile text can crash.

Taken out with a note: magics, shell lines and help (`?`), which only a notebook's shell understands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.core.cell_note import LINE_CAP, SKIP_TAGS, CellNote, Why, called_at_once

MAGICS_CAP = 100  # lines of one cell; each costs a reading of the cell

_MAGIC_LINE = re.compile(r"\s*(?:[%!?].*|[^#'\"]*\?\s*|[\w.,\s()]+=\s*[%!].*)")


def as_python(source: str) -> tuple[str, str]:
    """The source without lines that only a notebook's shell understands, and the first of these lines.

    Lines of what is Python already are never touched: a `%` may begin the rest of an expression.
    """
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith("%%"):
        return "", _short(first)
    removed = ""
    for _ in range(MAGICS_CAP):
        refused = _refused_line(lines)
        if refused is None:
            return "\n".join(lines), removed
        line = lines[refused]
        if not _MAGIC_LINE.fullmatch(line):
            break  # Python cannot read it, and it is not a magic: the student's own mistake
        removed = removed or _short(line)
        # A block may consist of it alone, and line numbers stay.
        lines[refused] = f"{line[: len(line) - len(line.lstrip())]}pass"
    return source, ""


def _refused_line(lines: Sequence[str]) -> int | None:
    """The line, from 0, at which Python stops reading; None where it reads all."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None


def why_skipped(cell: Mapping[str, Any], skip_calls: Sequence[str]) -> CellNote | None:
    """Why a cell, its source as Python, is not run; None where it is."""
    if skipped := SKIP_TAGS.intersection(cell["tags"]):
        return CellNote(cell["number"], Why.TAG, min(skipped))
    if not skip_calls or not _parses(cell["source"]):
        return None
    for name in called_at_once(ast.parse(cell["source"]).body):
        if name in skip_calls:
            return CellNote(cell["number"], Why.CALL, name)
    return None


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _short(line: str) -> str:
    return line.strip()[:LINE_CAP]
