"""Moodle: the offline grading worksheet with grades filled in, and the zip of feedback files.

Of the worksheet Moodle reads Identifier, Grade, "Last modified (grade)" and the feedback comments; only grades and, if
asked for, comments are written here. Marking workflow and everything else stay. In Moodle's other languages the columns
have other names, and its rows tell which is which (see `submissions.worksheet`); where they do not, the teacher gives
that of the grades, and Identifier and Full name are the first two.
"""

from __future__ import annotations

import html
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from grader.core.errors import UsageError
from grader.exports.filling import (
    Filled,
    Key,
    Sheet,
    Students,
    Target,
    fill,
    find_students,
    open_sheet,
    other_maximum,
    told_by_name,
)
from grader.files.tables import number
from grader.results.cautions import Caution
from grader.results.gradebook import Gradebook
from grader.results.report import shown
from grader.results.row import Row
from grader.submissions.worksheet import (
    ADDRESS,
    CHANGEABLE,
    FULL_NAME,
    GRADE,
    IDENTIFIER,
    MAXIMUM,
    WIDTH,
    in_english,
    participant,
)

COMMENTS, MODIFIED = "Feedback comments", "Last modified (grade)"
OTHER_IDS = (ADDRESS, "ID number", "Username")
# Moodle's word for it in English, German, French, Portuguese, Dutch, Polish, Russian, Hebrew, Arabic and Chinese.
NO = ("No", "Nein", "Non", "Não", "Nee", "Nie", "Нет", "לא", "لا", "否")
OTHERWISE = "if it is the right one, name its column of grades with --column"
OURS = "Graded automatically:"  # how our comments begin, so that a later run replaces them and no other
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
        if row.points is not None and row.id in students.rows and row.id not in students.others
        if (page := results / "students" / row.submission / "report.html").is_file()
    }
    if not pages:
        raise UsageError(f"{results}: no report for anybody in {path.name}; name the folder that `grader grade` wrote")
    _write_zip(target, list(pages.values()))
    return tuple(pages)


def _worksheet(path: Path, names: Names) -> Sheet:
    def fits(header: Sequence[str]) -> bool:
        wanted = [name.strip().lower() for name in (names.grade or GRADE, names.id) if name]
        foreign = len(header) >= WIDTH and IDENTIFIER not in header and not names.grade
        return len(header) > 2 and (foreign or {each.lower() for each in header}.issuperset(wanted))

    sheet = open_sheet(path, fits, "Moodle", OTHERWISE)
    if IDENTIFIER not in sheet.header:
        sheet = _translated(sheet, names)
    if GRADE not in sheet.header and not names.grade:
        raise UsageError(f"{path}: not a worksheet from Moodle, as far as its rows tell; {OTHERWISE}")
    if "Scale" in sheet.header:
        raise UsageError(f"{path}: the assignment is graded by a scale; give it points in Moodle")
    return sheet


def _translated(sheet: Sheet, names: Names) -> Sheet:
    """The same with English titles where its rows tell them, except those that the teacher has named."""
    titles = in_english(sheet.header, [[cell.text for cell in row] for row in sheet.rows.values()])
    named = {name.strip().lower() for name in (names.grade, names.id) if name}
    kept = (old if old.lower() in named else new for old, new in zip(sheet.header[1:], titles[1:], strict=True))
    return replace(sheet, header=(sheet.header[0], *kept))


def _students(sheet: Sheet, book: Gradebook, names: Names) -> Students:
    at = _identifier(sheet)
    if names.id:
        chosen = sheet.column(names.id)
        found = find_students(sheet, book, {chosen: participant if chosen == at else _itself})
    else:
        columns: dict[int, Key] = {sheet.column(name): _itself for name in OTHER_IDS if name in sheet.header}
        found = find_students(sheet, book, {at: participant} | columns)
    if FULL_NAME in sheet.header:
        column = sheet.header.index(FULL_NAME)
        return told_by_name(book, found, lambda row: sheet.cell(row, column))
    if IDENTIFIER in sheet.header:  # marked blind
        return found
    checked = told_by_name(book, found, lambda row: sheet.cell(row, at + 1))
    shared = sum(row.id in found.rows for row in book.rows)
    return checked if 2 * len(checked.others) < shared else found  # else, in another language, those are not names


def _identifier(sheet: Sheet) -> int:
    return sheet.header.index(IDENTIFIER) if IDENTIFIER in sheet.header else 0


def _itself(cell: str) -> str:
    return cell


def _warnings(sheet: Sheet, book: Gradebook, students: Students, comment: int | None) -> Iterator[Caution]:
    if IDENTIFIER in sheet.header and MODIFIED not in sheet.header:
        yield Caution(
            f'the file has no column "{MODIFIED}", without which Moodle refuses it', advice="download it again"
        )
    most = sheet.column(MAXIMUM) if MAXIMUM in sheet.header else None
    if most is not None:
        yield from other_maximum(book, (sheet.cell(row, most) for row in students.rows.values()))
    filled = [(row, students.rows[row.id]) for row in book.rows if row.points is not None and row.id in students.rows]
    above = [
        f"{row.id} ({shown(row.points)} of {shown(highest)})"
        for row, at in filled
        if most is not None and (highest := number(sheet.cell(at, most))) is not None
        if row.points is not None and row.points > highest
    ]
    if above:
        yield Caution("more points than Moodle's maximum, so Moodle will skip them", (*above,))
    if CHANGEABLE in sheet.header:
        changeable = sheet.column(CHANGEABLE)
        if final := [row.id for row, at in filled if sheet.cell(at, changeable) in NO]:
            yield Caution("Moodle says that these grades cannot be changed, and will skip them", (*final,))
    if foreign := [row.id for row, at in filled if comment is not None and _foreign(sheet.cell(at, comment))]:
        yield Caution("a feedback comment by somebody else was left unchanged", (*foreign,))


def _comment(book: Gradebook, row: Row, before: str) -> str | None:
    """One line of HTML: the points and what they are made of."""
    if _foreign(before) or row.points is None or row.from_checks is None:
        return None
    parts = [f"{OURS} {shown(row.points)} of {shown(book.max_points)} points", f"checks {shown(row.from_checks)}"]
    for name, mark in row.overridden.items():
        parts.append(f"of these {name} {shown(mark.points or Fraction())} of {shown(mark.max_points)}, {mark.comment}")
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
    return f"{clean}_{participant(sheet.cell(row, at))}_assignsubmission_file{'_' if older else ''}"


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
