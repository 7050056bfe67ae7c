"""The roster: who is in the course, read from a table that the LMS exports.

The gradebook that Canvas exports, Moodle's grading worksheet and GitHub Classroom's roster are rosters as they are; so
is any CSV with a column such as `id`. Only ids of plain ASCII exist, and letter case seldom matters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.core.text import printable
from grader.files.tables import read_rows
from grader.files.zips import folded
from grader.submissions.worksheet import IDENTIFIER, WIDTH, in_english, participant

Row: TypeAlias = tuple[int, list[str]]  # its number in a spreadsheet, and its cells
# The first of these that the table has is the id; the others say who is meant as well.
ID_COLUMNS = ("id", "student id", "sid", "identifier", "canvas user id", "sis user id", "user id", "id number",
              "sis login id", "login id", "username", "login", "github username", "email", "email address",
              "e-mail")  # fmt: skip
NAME_COLUMNS = ("name", "full name", "student", "student name")
FIRST_AND_LAST = (("first name", "last name"), ("firstname", "lastname"))
CANVAS = (("student", "id"), ("lastname", "firstname", "id"))  # how its gradebook begins, then sections
TEST_STUDENT = ("Student, Test", "Test Student")
NOT_POSTED = re.compile(r"\s*(Muted|Manual Posting)", re.IGNORECASE)
NO_IDS = "no column of ids in its first row; name one of them `id`"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the course: the id, a name to show, and other ids under which the LMS knows the same person."""

    id: str
    name: str = ""
    also: tuple[str, ...] = ()

    @property
    def mail(self) -> str:
        """The first id that is an address; empty where none is."""
        return next((each for each in (self.id, *self.also) if "@" in each and is_id(each)), "")

    @property
    def login(self) -> str:
        """The first id that is neither an address nor just a number; empty where none is."""
        ids = (each for each in (self.id, *self.also) if is_id(each))
        return next((each for each in ids if "@" not in each and not each.isdecimal()), "")


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody in the course, in the table's order; `notes` tell of rows that are nobody's."""

    people: tuple[Person, ...]
    notes: tuple[str, ...] = ()

    def find(self, id: str) -> tuple[Person, ...]:
        """Those whom an id means: nobody, one, or several where one's id is another's login.

        Letter case matters only where somebody has the very same: platforms change that of addresses and logins.
        """
        exact = tuple(person for person in self.people if id in (person.id, *person.also))
        if exact or not id.isascii():  # letters of other alphabets become these in lower case
            return exact
        return tuple(
            person for person in self.people if id.lower() in (other.lower() for other in (person.id, *person.also))
        )


def read_roster(path: Path) -> Roster:
    """Read a roster. Raises `UsageError` in one sentence where the file is not a table of people with ids."""
    header, rows = plain_table(read_rows(path, _no_header))
    if not set(header) & set(ID_COLUMNS):
        raise UsageError(f"{path}: {NO_IDS}")
    notes = []
    canvas = any(header[: len(names)] == [*names] for names in CANVAS) and "section" in header
    people: dict[str, tuple[int, Person]] = {}
    for number, row in rows:
        cells = [*row, *[""] * (len(header) - len(row))]
        name = _name(header, cells)
        has_id = bool(_ids(path, header, cells)[0])
        if canvas and _is_nobody(name, cells, has_id=has_id):
            continue
        if not has_id:
            notes.append(f"{path.name}: row {number} has no id and is left out{f': {name}' if name else ''}")
            continue
        id, *others = ids_of(path, number, header, cells)
        person = Person(id, name, tuple(others))
        before = people.setdefault(folded(person.id), (number, person))
        if before[0] != number:
            raise UsageError(f"{path}: rows {before[0]} and {number} have the same id `{person.id}`; keep one")
    if not people:
        raise UsageError(f"{path}: nobody is in it; export the roster again")
    return Roster(tuple(person for _, person in people.values()), tuple(notes))


def _is_nobody(name: str, cells: Sequence[str], *, has_id: bool) -> bool:
    """Whether a row of Canvas's gradebook is the test student's, or tells of assignments: their points, how posted."""
    if has_id:
        return name in TEST_STUDENT
    return "Points Possible" in name or all(not cell.strip() or NOT_POSTED.match(cell) for cell in cells)


def ids_of(path: Path, row: int, header: Sequence[str], cells: Sequence[str]) -> tuple[str, ...]:
    """The ids by which a row of a table knows a person, best first; the titles in `header` are plain.

    Raises `UsageError` where the first column of ids has none.
    """
    id, *others = _ids(path, header, cells)
    if not id:
        raise UsageError(f"{path}: row {row} has no id; fill it in, or take the row out")
    if not is_id(id):
        raise UsageError(f"{path}: row {row}: {id[:80]!a} is not an id (letters, digits and ._@- only, up to 64)")
    return id, *dict.fromkeys(other for other in others if is_id(other) and other != id)


def plain_title(title: str) -> str:
    """`Student_ID` and `student id` are one title."""
    return " ".join(title.replace("_", " ").casefold().split())


def plain_table(rows: Sequence[Row]) -> tuple[list[str], list[Row]]:
    """The plain titles of a table and the rows below; those of Moodle's worksheet as in English, and with numbers."""
    (_, titles), *others = rows
    header = [plain_title(cell) for cell in titles]
    if header[0] != "identifier" and (header[0] in ID_COLUMNS or not set(header) & set(ID_COLUMNS)):
        english = in_english(titles, [row for _, row in others])
        if english[0] == IDENTIFIER:
            people = [(number, [participant(row[0]), *row[1:]]) for number, row in others]
            return [plain_title(title) for title in english], people
    return header, others


def _no_header(row: Sequence[str]) -> str | None:
    if not row:
        return "empty; export the roster again"
    if any(plain_title(cell) in ID_COLUMNS for cell in row) or len(row) >= WIDTH:
        return None
    return NO_IDS


def _ids(path: Path, header: Sequence[str], cells: Sequence[str]) -> list[str]:
    repeated = sorted({name for name in header if header.count(name) > 1 and name in ID_COLUMNS})
    if repeated:
        raise UsageError(f"{path}: two columns are called `{repeated[0]}`; keep one")
    return [_id(cells[header.index(name)].strip()) for name in ID_COLUMNS if name in header]


def _id(cell: str) -> str:
    """Moodle's worksheet says `Participant 123` where its downloads say `123`."""
    return participant(cell) if cell.startswith("Participant ") else cell


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
