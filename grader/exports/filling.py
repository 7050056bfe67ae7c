"""Filling the file that a teacher downloaded: points go into one column, and every other byte stays as it is.

Students are found by their ids, in any letter case. Those who have another name in the file (an id may be of another
kind), and students without points (unfinished, quarantined, not submitted) are left unchanged and listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from grader.core.errors import UsageError
from grader.core.text import counted
from grader.files.csv_cells import BYTE_ORDER_MARK, Cell, UnclosedQuote, read_cells, replaced
from grader.files.tables import SEPARATORS, number, safe, typed
from grader.results.cautions import Caution
from grader.results.gradebook import Gradebook
from grader.results.report import shown
from grader.results.row import Row
from grader.submissions.names import agree

Key: TypeAlias = Callable[[str], str]  # the id in a cell


@dataclass(frozen=True, slots=True)
class Sheet:
    """A downloaded file: its text, header and the rows below it, each with its number in a spreadsheet."""

    path: Path
    text: str
    separator: str
    header: tuple[str, ...]
    rows: Mapping[int, Sequence[Cell]]

    def column(self, name: str) -> int:
        """The place of the column of this name, in any capitals. Raises `UsageError` where there is none, or two."""
        found = [at for at, each in enumerate(self.header) if each.lower() == name.strip().lower()]
        if len(found) != 1:
            there = f"{len(found)} columns" if found else "no column"
            named = ", ".join(f'"{each}"' for each in self.header)
            raise UsageError(f'{self.path}: {there} "{name}"; name one of {named}')
        return found[0]

    def cell(self, row: int, column: int) -> str:
        """The text of a cell; empty where the row is too short."""
        cells = self.rows[row]
        return cells[column].text.strip() if column < len(cells) else ""


@dataclass(frozen=True, slots=True)
class Students:
    """The column by which students are found, and the row of each id in it.

    `others` are ids whose row has another name than the results, as text: `5001: Team 1 here, Ada in the file`.
    """

    column: int
    rows: Mapping[str, int]
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """The new content of the file, and what became of whom (ids)."""

    content: bytes
    filled: tuple[str, ...]
    changed: tuple[str, ...]  # had other points before: "ada: 3 before, now 4"
    without_points: tuple[str, ...]  # "bob: QUARANTINED", the cell is as it was
    kept: tuple[str, ...]  # the cell says something that points must not replace: "eve: EX"
    not_in_file: tuple[str, ...]
    not_in_results: tuple[str, ...]
    other_name: tuple[str, ...]  # an id of another kind, or another's: the cell is as it was
    warnings: tuple[Caution, ...] = ()

    def for_programs(self) -> dict[str, Any]:
        """What became of whom."""
        return {name: value for name, value in asdict(self).items() if name != "content"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where points and, if any are wanted, comments go; a cell that `keeps` is true of is left alone."""

    points: int
    comment: int | None = None
    keeps: Callable[[str], bool] = lambda cell: False
    said: Callable[[Row, str], str | None] = lambda row, before: None  # None leaves the comment as it was


def open_sheet(path: Path, fits: Callable[[Sequence[str]], bool], kind: str, otherwise: str = "") -> Sheet:
    """Read the file with the separator by which its header `fits`.

    Raises `UsageError` where none does; `otherwise` is what else to do then.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({error.strerror}); name the file that you downloaded from {kind}"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(
            f"{path}: not UTF-8; use the file as downloaded from {kind}, before a spreadsheet saved it"
        ) from None
    start = (text.removeprefix(BYTE_ORDER_MARK)[:60].splitlines() or [""])[0]
    also = f"; {otherwise}" if otherwise else ""
    problem = f"{path}: not a file from {kind} (it begins with {start!a}); name the one you downloaded{also}"
    for separator in SEPARATORS:
        try:
            first, *others = read_cells(text, separator) or [[]]
        except UnclosedQuote as row:
            problem = f"{path} row {row}: a quote is never closed; download the file again"
            continue
        header = tuple(cell.text.strip() for cell in first)
        if fits(header):
            return Sheet(path, text, separator, header, dict(enumerate(others, 2)))
    raise UsageError(problem)


def find_students(
    sheet: Sheet, book: Gradebook, columns: Mapping[int, Key], *, skipped: Iterable[int] = ()
) -> Students:
    """The column, of these, that has the ids of the results, by what each column's cells mean.

    Raises `UsageError` where none has, where an id stands in two rows, or where two columns say different things.
    """
    ids = {row.id for row in book.rows}
    left_out = set(skipped)
    found = [_students(sheet, column, key, left_out, ids) for column, key in columns.items()]
    found = [students for students in found if ids & students.rows.keys()]
    if not found:
        named = ", ".join(f'"{sheet.header[column]}"' for column in columns)
        raise UsageError(
            f"{sheet.path}: none of the ids in the results ({_few(sorted(ids))}) is in {named}; "
            "name the column that has the ids with --id-column"
        )
    best = max(found, key=lambda students: len(ids & students.rows.keys()))
    for other in found:
        clash = [id for id in sorted(ids & other.rows.keys()) if best.rows.get(id) != other.rows[id]]
        if clash:
            first, second = (f'"{sheet.header[each.column]}"' for each in (best, other))
            raise UsageError(
                f"{sheet.path}: {clash[0]} is one student in {first} and another in {second}; "
                "name the column that has the ids with --id-column"
            )
    return best


def told_by_name(book: Gradebook, students: Students, name: Callable[[int], str]) -> Students:
    """The students with those apart whose `name` in a row of the file is another's: ids may be of different kinds."""
    theirs = {row.id: (row.name, name(students.rows[row.id])) for row in book.rows if row.id in students.rows}
    others = {id: f"{id}: {said} here, {known} in the file" for id, (said, known) in theirs.items()
              if not agree(said, known)}  # fmt: skip
    return replace(students, others=others)


def fill(sheet: Sheet, book: Gradebook, students: Students, target: Target, warnings: Sequence[Caution] = ()) -> Filled:
    """Write the points (at most two decimals, with a point) and comments of all students who have points."""
    changes: dict[Cell, str] = {}
    filled, changed, without, kept = [], [], [], []
    for row in book.rows:
        if row.id not in students.rows or row.id in students.others:
            continue
        at = students.rows[row.id]
        before = sheet.cell(at, target.points)
        if row.points is None:
            waiting = f", {row.waits_for}" if row.waits_for else ""
            without.append(f"{row.id}: {row.state}{waiting}")
        elif target.keeps(before):
            kept.append(f"{row.id}: {before}")
        else:
            cells = _whole(sheet, at)
            if before and number(before) != number(shown(row.points)):
                changed.append(f"{row.id}: {before} before, now {shown(row.points)}")
            changes[cells[target.points]] = shown(row.points)
            if target.comment is not None:
                said = target.said(row, sheet.cell(at, target.comment))
                changes |= {} if said is None else {cells[target.comment]: safe(said)}
            filled.append(row.id)
    ids = {row.id for row in book.rows}
    return Filled(
        content=replaced(sheet.text, sheet.separator, changes).encode(),
        filled=tuple(filled),
        changed=tuple(changed),
        without_points=tuple(without),
        kept=tuple(kept),
        not_in_file=tuple(sorted(ids - students.rows.keys())),
        not_in_results=tuple(sorted(students.rows.keys() - ids)),
        other_name=tuple(students.others.values()),
        warnings=(*warnings, *book.warnings),
    )


def other_maximum(book: Gradebook, theirs: Iterable[str]) -> list[Caution]:
    """A warning for each number, of those that the file calls the maximum, that is not the assignment's."""
    wrong = sorted({each for each in theirs if each and number(each) not in (None, _rounded(book.max_points))})
    full = shown(book.max_points)
    return [
        Caution(f"full marks are {each} in the file and {full} here", advice="points are not scaled, make them equal")
        for each in wrong
    ]


def _students(sheet: Sheet, column: int, key: Key, left_out: set[int], ids: set[str]) -> Students:
    rows: dict[str, int] = {}
    times = Counter(id.lower() for id in ids)
    in_lower_case = {id.lower(): id for id in ids if times[id.lower()] == 1}
    for row in sheet.rows:
        cell = key(typed(sheet.cell(row, column)))
        if not cell or row in left_out:
            continue
        id = cell if cell in ids else in_lower_case.get(cell.lower(), cell)
        if id in rows and id in ids:
            raise UsageError(
                f'{sheet.path}: {id} is in rows {rows[id]} and {row} of "{sheet.header[column]}"; keep one of them'
            )
        rows[id] = row
    return Students(column, rows)


def _whole(sheet: Sheet, row: int) -> Sequence[Cell]:
    cells = sheet.rows[row]
    if len(cells) != len(sheet.header):
        raise UsageError(
            f"{sheet.path} row {row}: {counted(len(cells), 'cell')} under {counted(len(sheet.header), 'column')}; "
            "download the file again"
        )
    return cells


def _rounded(points: Fraction) -> Fraction | None:
    return number(shown(points))


def _few(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")
