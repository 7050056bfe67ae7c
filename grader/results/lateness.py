"""Lateness: how many days late a submission is, and what `[late]` in assignment.toml takes for it.

Late is what came after the deadline, the student's extension and the grace. Every day begun after that takes
`percent_per_day` of the points EARNED, up to `cap_percent`; after more than `cutoff_days` everything is taken. Points
that a person gave for written answers are reduced like those of checks: they were submitted with the same files at the
same time. Where there are no points yet (unfinished, quarantined, not submitted) nothing is taken. Fractions are exact.

The time of submission is known, best first, from a list that the teacher gives, from the learning management system, or
from the files' own times, which the student may have set and which a copy changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field

from grader.assignment.manifest import Late
from grader.core.errors import UsageError
from grader.files.tables import Line, number, read_table

DAY = timedelta(days=1)
EXTENSION_CAP = 1000  # days; more is a typing mistake

# In files it is called `handed_in`, as in the teacher's list.
SubmittedAt: TypeAlias = Annotated[datetime | None, Field(alias="handed_in")]


class Source(StrEnum):
    """Where the time of submission comes from."""

    LIST = "the list of late submissions"
    LMS = "the learning management system"
    FILES = "the files' times"


@dataclass(frozen=True, slots=True)
class LateEntry:
    """A teacher's word on one student: days late or the time of submission, and days of extension."""

    days: Fraction | None = None
    submitted_at: SubmittedAt = None
    extension: Fraction = Fraction()


@dataclass(frozen=True, slots=True)
class Lateness:
    """One student's lateness: days begun after all grace, and the percent of earned points that they take."""

    days: int
    percent: Fraction
    cut_off: bool
    source: Source
    submitted_at: SubmittedAt = None
    extension: Fraction = Fraction()

    def taken(self, earned: Fraction) -> Fraction:
        """The points that lateness takes of those earned."""
        return earned * self.percent / 100

    @property
    def sentence(self) -> str:
        """For people; empty where nothing is late."""
        if not self.days:
            return ""
        days = f"{self.days} day{'s' if self.days > 1 else ''} late"
        if self.cut_off:
            return f"{days}: after the cut-off, so no points"
        return f"{days}: {_decimal(self.percent)} percent of the points earned are deducted"


def lateness(
    policy: Late, submitted_at: datetime | None, word: LateEntry | None = None, *, source: Source = Source.LMS
) -> Lateness | None:
    """How late it was by the policy; the teacher's word counts before `submitted_at`, which is aware.

    None where the time of submission is not known.
    """
    word = word or LateEntry()
    if word.submitted_at or word.days is not None:
        submitted_at, source = word.submitted_at, Source.LIST
    if word.days is not None:
        over = word.days - word.extension
        days = max(0, -(-over.numerator // over.denominator))
    elif submitted_at is not None:
        # No later deadline is computed: a deadline in the year 9999 means that there is none.
        over_by = submitted_at - policy.deadline - timedelta(minutes=policy.grace_minutes) - _span(word.extension)
        days = max(0, -(-over_by // DAY))
    else:
        return None
    cut_off = policy.cutoff_days is not None and days > policy.cutoff_days
    percent = Fraction(100) if cut_off else min(days * _exact(policy.percent_per_day), _exact(policy.cap_percent))
    return Lateness(days, percent, cut_off, source, submitted_at, word.extension)


def read_late(path: Path) -> dict[str, LateEntry]:
    """The teacher's list: `id`, and of `days`, `handed_in` and `extension_days` those that are known.

    Raises `UsageError` with every problem, a line for each.
    """
    words: dict[str, LateEntry] = {}
    problems: list[str] = []
    rows = read_table(path, ["id"])
    known = {"days", "handed_in", "extension_days"}
    if rows and not known & rows[0].cells.keys():
        raise UsageError(f"{path}: no column days, handed_in or extension_days; add one of them")
    for row in rows:
        id = row.cells["id"]
        try:
            word = _word(row)
        except ValueError as problem:
            problems.append(f"{path} row {row.number}: {problem}")
            continue
        if not id:
            problems.append(f"{path} row {row.number}: no id; write the student's id")
        elif id in words:
            problems.append(f"{path} row {row.number}: {id} has a row already; keep one row")
        words[id] = word
    if problems:
        raise UsageError("\n".join(problems))
    return words


def _word(row: Line) -> LateEntry:
    """One row of the list. Raises `ValueError` with what is wrong."""
    days, extension = (_days(row.cells.get(name, ""), name) for name in ("days", "extension_days"))
    text = row.cells.get("handed_in", "")
    if days is not None and text:
        raise ValueError("both days and handed_in; keep one of them")
    submitted_at = None
    if text:
        try:
            submitted_at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"handed_in {text!a} is not a time; write 2026-11-30T23:59:00+01:00") from None
        if submitted_at.utcoffset() is None:
            raise ValueError(f"handed_in {text} has no time zone; write 2026-11-30T23:59:00+01:00")
    return LateEntry(days, submitted_at, extension or Fraction())


def _days(text: str, name: str) -> Fraction | None:
    if not text:
        return None
    days = number(text)
    if days is None or not 0 <= days <= EXTENSION_CAP:
        raise ValueError(f"{name} {text!a} is not a number of days from 0 to {EXTENSION_CAP}; correct it")
    return days


def _span(days: Fraction) -> timedelta:
    return timedelta(microseconds=int(days * 86_400_000_000))


def _exact(percent: float) -> Fraction:
    """The decimal number that stands in the file, not the binary one next to it."""
    return Fraction(str(percent))


def _decimal(percent: Fraction) -> str:
    return f"{float(percent):.2f}".rstrip("0").rstrip(".")
