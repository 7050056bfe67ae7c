"""Moodle: the offline grading worksheet with grades filled in, and the zip of feedback files.

Of the worksheet Moodle reads Identifier, Grade, "Last modified (grade)" and the feedback comments; only grades and, if
asked for, comments are written here. Marking workflow and everything else stay. In Moodle's other languages the columns
have other names: the teacher gives that of the grades, and Identifier and Full name are the first two.
"""

from __future__ import annotations

import html
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from grader.core.errors import UsageError
from grader.exports.filling import Filled, Key, Sheet, Students, Target, fill, find_students, open_sheet, other_maximum
from grader.files.tables import number
from grader.results.gradebook import Gradebook, Row
from grader.results.report import shown

IDENTIFIER, FULL_NAME, GRADE, MAXIMUM = "Identifier", "Full name", "Grade", "Maximum Grade"
COMMENTS, CHANGEABLE, MODIFIED = "Feedback comments", "Grade can be changed", "Last modified (grade)"
OTHER_IDS = ("Email address", "ID number", "Username")
OURS = "Graded automatically:"  # how our comments begin, so that a later run replaces them and no other
PARTICIPANT = re.compile(r"[^0-9]*([0-9]+)")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Names:
    """What the teacher says of a worksheet: its columns of grades and of ids, where they have other names."""

    grade: str | None = None
    id: str | None = None


def fill_moodle(book: Gradebook, path: Path, *, names: Names | None = None, comments: bool = False) -> Filled:
    """The worksheet `path` with the grades and, if asked for, a line of comment for each student.

    Students are found by Moodle's participant number (123 for `Participant 123`), address, ID number or username,
    whichever the results have. Somebody else's comment is never replaced. Raises `UsageError`.
    """
    names = names or Names()
    sheet = _worksheet(path, names)
    students = _students(sheet, book, names)
    grade = sheet.column(names.grade or GRADE)
    comment = sheet.column(COMMENTS) if comments else None
    target = Target(grade, comment, said=lambda row, before: _comment(book, row, before))
    return fill(sheet, book, students, target, list(_warnings(sheet, book, students, comment)))


def write_feedback(
    book: Gradebook, path: Path, results: Path, target: Path, *, names: Names | None = None, older: bool = False
) -> tuple[str, ...]:
    """Write the zip for "Upload multiple feedback files in a zip"; return the ids whose `report.html` is in it.

    Its folders are called as those of Moodle's own download of submissions; `older` is before Moodle 4.1. Only students
    with points are in it. Raises `UsageError`.
    """
    names = names or Names()
    sheet = _worksheet(path, names)
    students = _students(sheet, book, names)
    pages = {
        row.id: (page, _folder(sheet, students.rows[row.id], older=older))
        for row in book.rows
        if row.points is not None and row.id in students.rows
        if (page := results / "students" / row.submission / "report.html").is_file()
    }
    if not pages:
        raise UsageError(f"{results}: no report for anybody in {path.name}; name the folder that `grader grade` wrote")
    _write_zip(target, list(pages.values()))
    return tuple(pages)


def _worksheet(path: Path, names: Names) -> Sheet:
    def fits(header: Sequence[str]) -> bool:
        wanted = [name.strip().lower() for name in (names.grade or GRADE, names.id) if name]
        return len(header) > 2 and {each.lower() for each in header}.issuperset(wanted)

    sheet = open_sheet(path, fits, "Moodle", "if it is the right one, name its column of grades with --column")
    if "Scale" in sheet.header:
        raise UsageError(f"{path}: the assignment is graded by a scale; give it points in Moodle")
    return sheet


def _students(sheet: Sheet, book: Gradebook, names: Names) -> Students:
    if names.id:
        at = sheet.column(names.id)
        return find_students(sheet, book, {at: _participant if at == _identifier(sheet) else _itself})
    columns: dict[int, Key] = {sheet.column(name): _itself for name in OTHER_IDS if name in sheet.header}
    return find_students(sheet, book, {_identifier(sheet): _participant} | columns)


def _identifier(sheet: Sheet) -> int:
    return sheet.header.index(IDENTIFIER) if IDENTIFIER in sheet.header else 0


def _itself(cell: str) -> str:
    return cell


def _participant(cell: str) -> str:
    """123 of `Participant 123`; the word before it depends on the language."""
    match = PARTICIPANT.fullmatch(cell)
    return match[1] if match else ""


def _warnings(sheet: Sheet, book: Gradebook, students: Students, comment: int | None) -> Iterator[str]:
    if IDENTIFIER in sheet.header and MODIFIED not in sheet.header:
        yield f'the file has no column "{MODIFIED}", without which Moodle refuses it; download it again'
    most = sheet.column(MAXIMUM) if MAXIMUM in sheet.header else None
    if most is not None:
        yield from other_maximum(book, (sheet.cell(row, most) for row in students.rows.values()))
    for row in book.rows:
        at = students.rows.get(row.id)
        if at is None or row.points is None:
            continue
        highest = number(sheet.cell(at, most)) if most is not None else None
        if highest is not None and row.points > highest:
            yield f"{row.id} has {shown(row.points)} points, more than {shown(highest)}: Moodle will skip it"
        if CHANGEABLE in sheet.header and sheet.cell(at, sheet.column(CHANGEABLE)) == "No":
            yield f"{row.id}: Moodle says that this grade cannot be changed, and will skip it"
        if comment is not None and _foreign(sheet.cell(at, comment)):
            yield f"{row.id} has a feedback comment by somebody else; it was left unchanged"


def _comment(book: Gradebook, row: Row, before: str) -> str | None:
    """One line of HTML: the points and what they are made of."""
    if _foreign(before) or row.points is None or row.from_checks is None:
        return None
    parts = [f"{OURS} {shown(row.points)} of {shown(book.max_points)} points", f"checks {shown(row.from_checks)}"]
    for name, mark in row.questions.items():
        said = f", {mark.comment}" if mark.comment else ""
        parts.append(f"{name} {shown(mark.points or Fraction())} of {shown(mark.max_points)}{said}")
    if row.late and row.late.sentence:
        parts.append(row.late.sentence)
    return html.escape("; ".join(parts))


def _foreign(comment: str) -> bool:
    return bool(comment) and not comment.startswith(OURS)


def _folder(sheet: Sheet, row: int, *, older: bool) -> str:
    """`Ada Lovelace_123_assignsubmission_file`; Moodle takes what follows the first underscore, so a name has none."""
    at = _identifier(sheet)
    if FULL_NAME in sheet.header:
        name = sheet.cell(row, sheet.column(FULL_NAME))
    else:  # another language, or marked blind
        name = "Participant" if IDENTIFIER in sheet.header else sheet.cell(row, at + 1)
    clean = " ".join(re.sub(r'[_/\\:*?"<>|\x00-\x1f]', " ", name).split()).lstrip(".~") or "Participant"
    return f"{clean}_{_participant(sheet.cell(row, at))}_assignsubmission_file{'_' if older else ''}"


def _write_zip(target: Path, pages: Sequence[tuple[Path, str]]) -> None:
    """One page at a time, and the zip is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for page, folder in pages:
                entry = zipfile.ZipInfo(f"{folder}/report.html", EPOCH)
                archive.writestr(entry, page.read_bytes(), zipfile.ZIP_DEFLATED)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
