"""The gradebook as files.

results/gradebook.json    exact, for programs: fractions as text, such as "3/2"
results/grades.csv        for people: at most two decimals
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from grader.core.digest import digest
from grader.files.tables import write_table
from grader.results.gradebook import Gradebook
from grader.results.made import write_made
from grader.results.report import shown, shown_if_any
from grader.results.row import Row
from grader.results.stored import Stored

FIXED = ("id", "name", "state", "points", "max_points", "level", "device", "note")
PARTS = ("submission", "from_checks", "late_days", "taken", "manual")


def as_csv(book: Gradebook) -> bytes:
    """`grades.csv`: a row per student, a column for each part of the points."""
    columns = _with([*FIXED, *PARTS], book.checks, "check")
    columns = _with(columns, book.questions, "question")
    return write_table(columns, (_cells(book, row) for row in book.rows))


def to_json(book: Gradebook) -> bytes:
    """`gradebook.json`, in ASCII: every row, on a line, with its parts and what they add up to."""
    head = json.dumps(_head(book), indent=1).removesuffix("\n}")
    rows = ",\n  ".join(json.dumps(_with_sums(book, row)) for row in book.rows)
    return f'{head},\n "rows": [\n  {rows}\n ]\n}}\n'.encode()


def gradebook_schema() -> dict[str, Any]:
    """The JSON Schema of `gradebook.json`: that of the gradebook, and of the sums that `to_json` adds."""
    schema = _GRADEBOOK.schema()
    sums = {name: {"type": ["string", "null"]} for name in ("from_checks", "manual", "taken", "points")}
    schema["$defs"]["Row"]["properties"] |= {**sums, "max_points": {"type": "string"}}
    schema["properties"]["max_points"] = {"type": "string"}
    return schema


def write_gradebook(results: Path, book: Gradebook) -> None:
    """Write both files, each whole or not at all."""
    parts = parts_of(book)
    write_made(results, "gradebook.json", parts, lambda: to_json(book))
    write_made(results, "grades.csv", parts, lambda: as_csv(book))


def parts_of(book: Gradebook) -> tuple[str, ...]:
    """What is made of a gradebook is the same where these are; as one text they would be large."""
    return repr(replace(book, rows=())), *(digest(repr(row)) for row in book.rows)


def _head(book: Gradebook) -> dict[str, Any]:
    """All but the rows."""
    content = _GRADEBOOK.as_json(replace(book, rows=()))
    del content["rows"]
    return {**content, "max_points": str(book.max_points)}


def _with_sums(book: Gradebook, row: Row) -> dict[str, Any]:
    sums = {"from_checks": row.from_checks, "manual": row.manual, "taken": row.taken, "points": row.points}
    written = {name: None if value is None else str(value) for name, value in sums.items()}
    return {**_ROW.dump_python(row, mode="json", by_alias=True), **written, "max_points": str(book.max_points)}


def _cells(book: Gradebook, row: Row) -> list[str]:
    marks = [row.checks.get(name) for name in book.checks] + [row.questions.get(name) for name in book.questions]
    return [
        row.id,
        row.name,
        row.state,
        shown_if_any(row.points),
        shown(book.max_points) if book.checks else "",
        row.level,
        row.device,
        "; ".join(row.remarks),
        row.submission,
        shown_if_any(row.from_checks),
        "" if row.late is None else str(row.late.days),
        shown_if_any(row.taken),
        shown_if_any(row.manual) if book.questions else "",
        *(shown_if_any(mark.points) if mark else "" for mark in marks),
    ]


def _with(columns: Sequence[str], names: Iterable[str], kind: str) -> list[str]:
    """The columns and those for `names`, all different: a check may be called `id`."""
    return [*columns, *(f"{name} ({kind})" if name in columns else name for name in names)]


_ROW = TypeAdapter(Row)
_GRADEBOOK = Stored(Gradebook, 1, "run `grader grade` again")
