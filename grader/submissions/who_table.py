"""Whose the files and folders of a download are, as a person says in a table: for names that tell nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.core.text import printable
from grader.files.tables import read_table, safe, typed, write_table
from grader.files.zips import folded

COLUMNS = ("file", "id", "name")


@dataclass(frozen=True, slots=True)
class WhoRow:
    """What a person says of one file or folder: its row in the spreadsheet, the id (empty: not known), and a name."""

    number: int
    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class WhoTable:
    """The rows by the name of the file or folder at the top of the download, as `written` has it; where they are from.

    Without rows it says nothing, but a folder around everything is looked into.
    """

    path: Path
    rows: Mapping[str, WhoRow]

    def row(self, name: str) -> WhoRow | None:
        """What it says of a name in the download."""
        return self.rows.get(written(name))

    def refuse_absent(self, names: Iterable[str]) -> None:
        """Raise `UsageError` for a row whose file or folder is not among the names at the top of the downloads."""
        there = {written(name) for name in names}
        for name, row in self.rows.items():
            if name not in there:
                raise UsageError(
                    f"{self.path}: row {row.number}: `{printable(name)}` is not at the top of the download; "
                    "correct its name, or take the row out"
                )


def written(name: str) -> str:
    """A name as it is after a table was written and read: in one line, and nothing in it is hidden."""
    return typed(safe(name))


def read_who(path: Path) -> WhoTable:
    """Read a CSV with the columns `file` and `id`, and perhaps `name`. Raises `UsageError` in one sentence."""
    rows: dict[str, WhoRow] = {}
    whose: dict[str, int] = {}
    for line in read_table(path, COLUMNS[:2]):
        number, file, id = line.number, line.cells["file"].removesuffix("/"), line.cells["id"]
        if not file:
            raise UsageError(f"{path}: row {number} has no file; fill it in, or take the row out")
        if file in rows:
            raise UsageError(f"{path}: rows {rows[file].number} and {number} are both `{printable(file)}`; keep one")
        if id and not is_id(id):
            raise UsageError(
                f"{path}: row {number}: {id[:80]!a} is not an id (letters, digits and ._@- only, up to 64)"
            )
        if id and whose.setdefault(folded(id), number) != number:
            raise UsageError(f"{path}: rows {whose[folded(id)]} and {number} have the same id `{id}`; keep one")
        rows[file] = WhoRow(number, id, line.cells.get("name", ""))
    if not rows:
        raise UsageError(f"{path}: nothing is in it; write it again with `grader intake --write-who`")
    return WhoTable(path, rows)


def who_table(rows: Iterable[tuple[str, str, str]]) -> bytes:
    """The table to fill in: a file or folder, its id as far as that is known, and a name."""
    return write_table(COLUMNS, rows)
