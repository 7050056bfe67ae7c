"""Feedback for each student without a platform: a folder for each, and a table for mail merge.

out/students/<login>/report.html
out/feedback.csv                    a row for everybody in the class, with the page's path from `out`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.files.atomic import write_whole
from grader.files.tables import write_table
from grader.files.zips import folded
from grader.results.folder import Class, folder_of
from grader.results.gradebook import Gradebook
from grader.results.report import State, shown
from grader.results.row import Row
from grader.submissions.roster import Person

TABLE = "feedback.csv"
COLUMNS = ("mail", "name", "id", "points", "maximum", "page", "note")
WITHOUT_POINTS = {
    State.GRADED: "The written answers are not all scored yet.",
    State.UNFINISHED: "It is not graded yet.",
    State.NOT_GRADED_YET: "It is not graded yet.",
    State.QUARANTINED: "It was set aside until the course staff have looked at it. It has no points yet.",
    State.NOT_HANDED_IN: "Nothing was submitted.",
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """The ids of those who have a page, and of the others with the reason: `bob: QUARANTINED`."""

    with_page: tuple[str, ...]
    without_page: tuple[str, ...]


def write_folders(results: Path, graded: Class, book: Gradebook, target: Path) -> Feedback:
    """Write the pages of those who have points, and a row for everybody, into a new folder.

    A folder is named after the student's login, or else after the address, or else the id; `Person` says which those
    are. Raises `UsageError` where there is anything at `target`, or two have one login.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise UsageError(f"{target}: already exists; name a new folder, so that nobody finds an earlier page there")
    people = {row.id: _person(graded, row) for row in book.rows}
    pages = {row.id: folder_of(results, row.submission) / "report.html" for row in book.rows if row.points is not None}
    places = _places({id: people[id] for id in pages})
    for id, page in pages.items():
        write_whole(target / places[id], page.read_bytes())
    rows = [_cells(book, row, people[row.id], places.get(row.id, "")) for row in book.rows]
    write_whole(target / TABLE, write_table(COLUMNS, rows))
    without = tuple(f"{row.id}: {row.state}" for row in book.rows if row.id not in pages)
    return Feedback(tuple(pages), without)


def _person(graded: Class, row: Row) -> Person:
    """Whom the roster has for a row; without one all that is known is the row."""
    found = graded.roster.find(row.id) if graded.roster else ()
    return found[0] if len(found) == 1 else Person(row.id, row.name)


def _places(people: Mapping[str, Person]) -> dict[str, str]:
    """Where each page goes, by id; no two into one folder, also where letter case makes no difference."""
    whose: dict[str, str] = {}
    places = {}
    for id, person in people.items():
        name = person.login or person.mail or id
        other = whose.setdefault(folded(name), id)
        if other != id:
            raise UsageError(f"the roster has `{name}` for both {other} and {id}; correct it, and grade again with it")
        places[id] = f"students/{name}/report.html"
    return places


def _cells(book: Gradebook, row: Row, person: Person, page: str) -> list[str]:
    late = row.late.sentence if row.late else ""
    return [
        person.mail,
        row.name,
        row.id if is_id(row.id) else "",
        "" if row.points is None else shown(row.points),
        shown(book.max_points),
        page,
        WITHOUT_POINTS[row.state] if row.points is None else late,
    ]
