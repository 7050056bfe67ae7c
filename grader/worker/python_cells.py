"""What of a notebook's cell is Python, and whether it is run. Beside student code: parsing hostile text can crash.

Taken out with a note: magics, shell lines and help (`?`), which only a notebook's shell understands. What such a line
assigns, and the body of a magic that would run it, stay.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.core.cell_note import LINE_CAP, SKIP_TAGS, CellNote, Why, called_at_once

MAGICS_CAP = 100  # lines of one cell; each costs a reading of the cell

_MAGIC_LINE = re.compile(r"(?P<indent>\s*)(?:[%!?].*|[^#'\"]*\?\s*|(?:pip3?|conda|mamba|cd|wget)\s+[^=(\s][^(]*)")
_ASSIGNED = re.compile(r"(?P<target>\s*[\w.,\s()]+=\s*)(?P<kind>[%!]).*")
_TIMED_LINE = re.compile(r"(?P<indent>\s*)%(?:time|prun)\s+(?P<statement>[^-\s].*)")
_BODY_IS_RUN = re.compile(r"%%(?:time|capture|prun)\b.*")


def as_python(source: str) -> tuple[str, str]:
    """The source without lines that only a notebook's shell understands, and the first of these lines.

    Lines of what is Python already are never touched: a `%` may begin the rest of an expression. Line numbers stay.
    """
    lines = source.split("\n")
    body, magic = _head(lines)
    if magic:
        return "", _short(magic)
    lines[:body] = [""] * body
    removed = ""
    for _ in range(MAGICS_CAP):
        refused = _refused_line(lines)
        if refused is None:
            return "\n".join(lines), removed
        line = lines[refused]
        instead = _instead(line)
        if instead is None:
            break  # Python cannot read it, and it is not a magic: the student's own mistake
        removed = removed or ("" if _TIMED_LINE.fullmatch(line) else _short(line))
        lines[refused] = instead
        while line.endswith("\\") and refused + 1 < len(lines):  # it goes on
            refused += 1
            line, lines[refused] = lines[refused], ""
    return source, ""


def cell_magic(source: str) -> str:
    """The line of a cell's magic, such as `%%bash`, that keeps its body from being run as Python; empty without one."""
    return _head(source.split("\n"))[1]


def _head(lines: Sequence[str]) -> tuple[int, str]:
    """How many lines stand before what is run, magics that run it among them; and the magic that does not run it."""
    for number, line in enumerate(lines):
        if line.strip() and not _BODY_IS_RUN.fullmatch(line.strip()):
            return number, line if line.lstrip().startswith("%%") else ""
    return len(lines), ""


def _instead(line: str) -> str | None:
    """What Python reads in the place of a line for the shell; None for any other line."""
    if timed := _TIMED_LINE.fullmatch(line):
        return timed["indent"] + timed["statement"]
    if assigned := _ASSIGNED.fullmatch(line):  # nothing was listed, and nothing measured
        return assigned["target"] + ("[]" if assigned["kind"] == "!" else "None")
    magic = _MAGIC_LINE.fullmatch(line)
    return f"{magic['indent']}pass" if magic else None  # a block may consist of it alone


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
