"""How each check and each written question did over a class: for those who write them.

results/statistics.json    staff's; messages may quote students
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grader.core.text import visible
from grader.core.verdict import Outcome, total
from grader.results.gradebook import Gradebook
from grader.results.report import Report, State
from grader.results.row import Row
from grader.results.stored import Stored

FEWEST = 10  # submissions; a correlation of fewer says nothing
MESSAGES = 3
MESSAGE_LIMIT = 200


class Kind(StrEnum):
    """What earns points."""

    CHECK = "check"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a check, or a marker's comment on an answer, and how many submissions got it."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Item:
    """One check or written question over the graded submissions; a group counts once, as its first member.

    `count` submissions have points for it, `full` of them all. `mean` is the mean share of its points, from 0 to 1, and
    `difficulty` the p of classical test theory, the share with all points: low where it is hard. `discrimination` is
    that of `discrimination`. All three are None where they are not defined.
    """

    name: str
    kind: Kind
    hidden: bool
    count: int
    full: int
    mean: float | None
    difficulty: float | None
    discrimination: float | None
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistics:
    """All checks and written questions of an assignment, in order."""

    assignment: str
    items: tuple[Item, ...]


STATISTICS = Stored(Statistics, 1, "run `grader grade` again")


def statistics_of(book: Gradebook, reports: Iterable[Report], *, student_text: bool = True) -> Statistics:
    """The statistics of a class; `reports` give the messages, those of our own alone without `student_text`."""
    rows: dict[str, Row] = {}
    for row in book.rows:
        if row.state is State.GRADED:
            rows.setdefault(row.submission, row)
    said, hidden = _messages([each for each in reports if each.submission_id in rows], student_text=student_text)
    for name in book.questions:
        comments = (mark.comment for row in rows.values() if (mark := row.questions.get(name)))
        said[Kind.QUESTION, name] = Counter(_flat(comment) for comment in comments if comment)
    most = {(Kind.CHECK, name): full for name, full in book.checks.items()}
    most |= {(Kind.QUESTION, name): full for name, full in book.questions.items()}
    points = [_points(row) for row in rows.values()]
    whole = [(row, total(row.values())) for row in points if row.keys() == most.keys()]
    items = []
    for key, full in most.items():
        given = [row[key] for row in points if key in row]
        against = discrimination([row[key] for row, _ in whole], [both - row[key] for row, both in whole])
        items.append(_item(key, full, given, against, said.get(key, Counter()), hidden=key[1] in hidden))
    return Statistics(book.assignment, tuple(items))


def discrimination(points: Sequence[Fraction], rest: Sequence[Fraction]) -> float | None:
    """How far those who do well elsewhere do well here: from -1 to 1, by submission; None where it is not defined.

    It is the correlation of an item's points with those of all other items; of an item that gives all or nothing it is
    the point-biserial one. The item itself is left out of the total, which would else correlate with a part of itself
    (Crocker and Algina, Introduction to Classical and Modern Test Theory, 1986, chapter 14). Moodle's quiz statistics
    define their discrimination index in the same way. Not defined for fewer than `FEWEST`, or where one of the two is
    the same for all. Who still waits for points is not in it.
    """
    here, elsewhere = [float(each) for each in points], [float(each) for each in rest]
    if len(here) < FEWEST or min(len(set(here)), len(set(elsewhere))) < 2:
        return None
    return max(-1.0, min(1.0, statistics.correlation(here, elsewhere)))


_Key = tuple[Kind, str]


def _item(
    key: _Key, most: Fraction, given: Sequence[Fraction], against: float | None, said: Counter[str], *, hidden: bool
) -> Item:
    full = sum(points == most for points in given)
    defined = bool(given and most)
    return Item(
        key[1],
        key[0],
        hidden and key[0] is Kind.CHECK,
        count=len(given),
        full=full,
        mean=float(total(given) / most / len(given)) if defined else None,
        difficulty=full / len(given) if defined else None,
        discrimination=against,
        messages=tuple(Message(*each) for each in said.most_common(MESSAGES)),
    )


def _points(row: Row) -> dict[_Key, Fraction]:
    """What is known of a submission's points."""
    marks = {(Kind.CHECK, name): mark for name, mark in row.checks.items()}
    marks |= {(Kind.QUESTION, name): mark for name, mark in row.questions.items()}
    return {key: mark.points for key, mark in marks.items() if mark.points is not None}


def _messages(reports: Iterable[Report], *, student_text: bool) -> tuple[dict[_Key, Counter[str]], set[str]]:
    """By check the messages on what did not pass, each counted once for a submission; and the hidden checks."""
    found: dict[_Key, Counter[str]] = {}
    hidden = set()
    for report in reports:
        told: dict[tuple[str, str], None] = {}
        for verdict in report.verdicts:
            if verdict.hidden:
                hidden.add(verdict.check)
            if verdict.message and verdict.outcome is not Outcome.PASSED and (student_text or verdict.ours):
                told[verdict.check, _flat(verdict.message)] = None
        for check, message in told:
            found.setdefault((Kind.CHECK, check), Counter())[message] += 1
    return found, hidden


def _flat(text: str) -> str:
    return visible(" ".join(text.split()), MESSAGE_LIMIT)
