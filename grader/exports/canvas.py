"""Canvas: the gradebook that a teacher exported, with one assignment's column filled, ready to be imported again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from grader.core.errors import UsageError
from grader.exports.filling import Filled, Sheet, Target, fill, find_students, open_sheet, other_maximum, told_by_name
from grader.results.gradebook import Gradebook

ID_COLUMNS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
TITLE_AND_ID = re.compile(r"(?P<title>.*\S)\s*\((?P<id>[0-9]+)\)")
# What Canvas takes for a total when it imports, wherever in a title it stands.
TOTAL = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
POINTS_POSSIBLE = "Points Possible"  # in every language; what its row says of totals, `(read only)`, is translated
EXCUSED = ("EX", "N/A")  # excused, or not assigned to this student: not for points to undo


def fill_canvas(book: Gradebook, path: Path, *, column: str | None = None, id_column: str | None = None) -> Filled:
    """The exported gradebook `path` with the points in the column of one assignment.

    `column` is the assignment's Canvas id, its title, or both as in the file; it may be left out where the file has one
    assignment. Students are found by the column of ids that matches the results. Raises `UsageError`.
    """
    sheet = open_sheet(path, _is_header, "Canvas")
    at = _assignment(sheet, column)
    aside = [row for row in sheet.rows if POINTS_POSSIBLE in sheet.cell(row, 0) or _says_nothing(sheet, row)]
    names = [id_column] if id_column else [name for name in ID_COLUMNS if name in sheet.header]
    students = find_students(sheet, book, {sheet.column(name): str for name in names}, skipped=aside)
    columns = 1 if "Student" in sheet.header[0] else 2  # else the last name and the first
    students = told_by_name(book, students, lambda row: " ".join(sheet.cell(row, at) for at in range(columns)))
    target = Target(at, keeps=lambda cell: cell.upper() in EXCUSED)
    return fill(sheet, book, students, target, other_maximum(book, [sheet.cell(row, at) for row in aside]))


def _is_header(header: Sequence[str]) -> bool:
    named = len(header) > 3 and ("Student" in header[0] or list(header[:2]) == ["LastName", "FirstName"])
    return named and "ID" in header and "Section" in header


def _says_nothing(sheet: Sheet, row: int) -> bool:
    """A blank row, or the one that says which assignments are posted by hand."""
    return all(
        not cell.text.strip() or cell.text.strip().startswith(("Manual Posting", "Muted")) for cell in sheet.rows[row]
    )


def _assignment(sheet: Sheet, wanted: str | None) -> int:
    """The place of the assignment's column."""
    start = sheet.header.index("Section") + 1
    columns = [(at, name) for at, name in enumerate(sheet.header) if at >= start]
    possible = [row for row in sheet.rows if POINTS_POSSIBLE in sheet.cell(row, 0)]
    read_only = {at for row in possible for at, _ in columns if (said := sheet.cell(row, at)) and not _is_number(said)}
    there = [(at, name) for at, name in columns if at not in read_only]
    candidates = [(at, name) for at, name in there if TITLE_AND_ID.fullmatch(name)]
    if wanted is not None:
        wanted = wanted.strip()
        exact = [at for at, name in there if name == wanted]
        found = exact or [at for at, name in candidates if wanted in _names(name)]
    else:
        found = [at for at, _ in candidates]
    if len(found) == 1:
        if total := TOTAL.search(sheet.header[found[0]]):
            raise UsageError(
                f'{sheet.path}: Canvas passes over "{sheet.header[found[0]]}" when it imports, as it has '
                f'"{total[0]}" in its title; give the assignment another title and export the gradebook again'
            )
        return found[0]
    named = ", ".join(f'"{name}"' for _, name in candidates) or "none"
    trouble = "no assignment" if not found else "more than one assignment"
    asked = f' "{wanted}"' if wanted is not None else ""
    raise UsageError(f"{sheet.path}: {trouble}{asked}; name one with --column, by title or number: {named}")


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[0-9][0-9.,\s]*", cell) is not None


def _names(header: str) -> tuple[str, ...]:
    match = TITLE_AND_ID.fullmatch(header)
    return (header, match["title"], match["id"]) if match else (header,)
