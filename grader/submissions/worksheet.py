"""Moodle's grading worksheet in any language: its titles are translated, its rows and the order of its columns are not.

Identifier, [Full name, identity fields], Status, [Group], [Marker], Grade, Maximum Grade, [workflow state],
Grade can be changed, ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from grader.core.submission import is_id
from grader.files.tables import number

WIDTH = 5  # it has at least so many columns
IDENTIFIER, FULL_NAME, ADDRESS, GROUP = "Identifier", "Full name", "Email address", "Group"
GRADE, MAXIMUM, CHANGEABLE = "Grade", "Maximum Grade", "Grade can be changed"
SHORTEST = 5  # letters of the word for a participant, which some languages write without a space behind it
PARTICIPANT = re.compile(r"([^0-9]*?)\s*([0-9]+)")  # `Participant 123`


def in_english(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The titles of a worksheet in English, as far as its rows tell what a column is; of any other table the same.

    Its rows begin with one word and each participant's number, `Teilnehmer/in123` or `Participant 123`.
    """
    found = [PARTICIPANT.fullmatch(row[0].strip()) for row in rows]
    words = {match[1] if match else None for match in found}
    if len(header) < WIDTH or len(words) != 1 or None in words:
        return list(header)
    places = _places([[row[at].strip() if at < len(row) else "" for row in rows] for at in range(len(header))])
    if any(is_id(row[0]) for row in rows) and (CHANGEABLE not in places or len(str(*words)) < SHORTEST):
        return list(header)  # `s1001` is an id, but `Participante1001` is not one where the rest is a worksheet's
    titles = {at: title for title, at in places.items()}
    return [titles.get(at, title) for at, title in enumerate(header)]


def participant(cell: str) -> str:
    """123 of `Participant 123`; the word before it depends on the language. Empty where it is none."""
    match = PARTICIPANT.fullmatch(cell.strip())
    return match[2] if match else ""


def _places(columns: Sequence[Sequence[str]]) -> dict[str, int]:
    """Where the columns of a worksheet are, by title; those are left out that its rows do not tell."""
    places = {IDENTIFIER: 0}
    if 2 * len(set(columns[1])) > len(columns[1]) + 1 and not any("@" in cell for cell in columns[1]):
        places[FULL_NAME] = 1
    if address := next((at for at, cells in enumerate(columns) if all("@" in cell for cell in cells)), None):
        places[ADDRESS] = address
    if grade := _grade(columns):
        places |= {GRADE: grade, MAXIMUM: grade + 1}
        behind = range(min(grade + 3, len(columns) - 1), grade + 1, -1)  # a workflow's state may be between
        if changeable := next((at for at in behind if _is_yes_or_no(columns[at])), None):
            places[CHANGEABLE] = changeable
        status = grade - 2  # where there is a group, and nothing else between the two
        if max(places.get(ADDRESS, 0), places.get(FULL_NAME, 0)) == status - 1 and _is_text(columns[status]):
            places[GROUP] = grade - 1
    return places


def _grade(columns: Sequence[Sequence[str]]) -> int | None:
    """The column of numbers or nothing before one that has the same number in all rows; None unless there is one."""
    found = [
        at
        for at, (cells, most) in enumerate(pairwise(columns))
        if at and all(not cell or number(cell) is not None for cell in cells)
        and len(set(most)) == 1 and number(most[0])
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _is_text(cells: Sequence[str]) -> bool:
    """Whether all say something, and none is an id."""
    return all(cell and not is_id(cell) for cell in cells)


def _is_yes_or_no(cells: Sequence[str]) -> bool:
    """Whether it may be a column of these words: two at most, each of them short, and nothing empty."""
    return len(set(cells)) <= 2 and all(cell.isalpha() and len(cell) <= 12 for cell in cells)
