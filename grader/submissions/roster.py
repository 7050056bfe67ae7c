"""The roster: who is in the course, read from a table that the LMS exports.

The gradebook that Canvas exports, Moodle's grading worksheet and GitHub Classroom's roster are rosters as they are; so
is any CSV with a column such as `id`. Ids are compared exactly, and only ids of plain ASCII exist.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.core.text import printable
from grader.files.tables import read_rows
from grader.files.zips import folded

# The first of these that the table has is the id; the others say who is meant as well.
ID_COLUMNS = ("id", "student id", "sid", "identifier", "sis user id", "id number", "sis login id", "login id",
              "username", "login", "github username", "email", "email address", "e-mail")  # fmt: skip
NAME_COLUMNS = ("name", "full name", "student", "student name")
FIRST_AND_LAST = (("first name", "last name"), ("firstname", "lastname"))
CANVAS = ("student", "id", "section")
MOODLE_ID = re.compile(r"Participant ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the course: the id, a name to show, and other ids under which the LMS knows the same person."""

    id: str
    name: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody in the course, in the table's order."""

    people: tuple[Person, ...]

    def find(self, id: str) -> tuple[Person, ...]:
        """Those whom an id means, byte for byte: nobody, one, or several where one's id is another's login."""
        return tuple(person for person in self.people if id == person.id or id in person.also)


def read_roster(path: Path) -> Roster:
    """Read a roster. Raises `UsageError` in one sentence where the file is not a table of people with ids."""
    (_, first), *rows = read_rows(path, _no_header)
    header = [_plain(cell) for cell in first]
    columns = [header.index(name) for name in ID_COLUMNS if name in header]
    repeated = sorted({name for name in header if header.count(name) > 1 and name in ID_COLUMNS})
    if repeated:
        raise UsageError(f"{path}: two columns are called `{repeated[0]}`; keep one")
    canvas = all(name in header for name in CANVAS)
    people: dict[str, tuple[int, Person]] = {}
    for number, row in rows:
        cells = [*row, *[""] * (len(header) - len(row))]
        ids = [_id(cells[column]) for column in columns]
        name = _name(header, cells)
        if canvas and (not ids[0] or name == "Student, Test"):  # points possible, manual posting, the test student
            continue
        person = _person(path, number, ids, name)
        before = people.setdefault(folded(person.id), (number, person))
        if before[0] != number:
            raise UsageError(f"{path}: rows {before[0]} and {number} have the same id `{person.id}`; keep one")
    if not people:
        raise UsageError(f"{path}: nobody is in it; export the roster again")
    return Roster(tuple(person for _, person in people.values()))


def _no_header(row: Sequence[str]) -> str | None:
    if not row:
        return "empty; export the roster again"
    if any(_plain(cell) in ID_COLUMNS for cell in row):
        return None
    return "no column of ids in its first row; name one of them `id`"


def _person(path: Path, row: int, ids: Sequence[str], name: str) -> Person:
    id, *others = ids
    if not id:
        raise UsageError(f"{path}: row {row} has no id; fill it in, or take the row out")
    if not is_id(id):
        raise UsageError(f"{path}: row {row}: {id[:80]!a} is not an id (letters, digits and ._@- only, up to 64)")
    also = dict.fromkeys(other for other in others if is_id(other) and other != id)
    return Person(id, name, tuple(also))


def _id(cell: str) -> str:
    """Moodle's worksheet says `Participant 123` where its downloads say `123`."""
    cell = cell.strip()
    moodle = MOODLE_ID.fullmatch(cell)
    return moodle[1] if moodle else cell


def _name(header: Sequence[str], cells: Sequence[str]) -> str:
    for column in NAME_COLUMNS:
        if column in header:
            return _shown(cells[header.index(column)])
    for first, last in FIRST_AND_LAST:
        if first in header and last in header:
            return _shown(f"{cells[header.index(first)]} {cells[header.index(last)]}")
    return ""


def _shown(name: str) -> str:
    return printable(" ".join(name.split()))


def _plain(title: str) -> str:
    """`Student_ID` and `student id` are one title."""
    return " ".join(title.replace("_", " ").casefold().split())
