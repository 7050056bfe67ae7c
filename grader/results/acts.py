"""What people decide about answers and checks: each act is a line of their file in the store of `decisions`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias

from pydantic import AwareDatetime

from grader.results.marks import Judged, Question


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's points for a written answer of a submission or of one of its members; None where only a comment.

    `answer` and `rubric` are the digests of what was scored. `reason` is why it replaces what a colleague gave. `items`
    are the keys of the rubric's items that the points come from (see `rubric_items`), and `adjust` what was added.
    """

    id: str
    question: str
    points: Fraction | None
    comment: str
    answer: str
    rubric: str
    marker: str
    at: AwareDatetime
    reason: str = ""
    items: tuple[str, ...] = ()
    adjust: Fraction = Fraction()

    def is_about(self, question: Question) -> bool:
        """Whether this very answer was scored, by this very rubric."""
        return (self.answer, self.rubric) == (question.answer, question.rubric)


@dataclass(frozen=True, slots=True)
class Override:
    """A person's points for a check, for a submission or for one of its members; None takes earlier ones back.

    `files` and `version` are the digests of what was judged.
    """

    id: str
    check: str
    points: Fraction | None
    reason: str
    files: str
    version: str
    marker: str
    at: AwareDatetime

    @property
    def judged(self) -> Judged:
        """What it is about."""
        return Judged(self.files, self.version)


@dataclass(frozen=True, slots=True)
class RubricItem:
    """An item of a question's rubric as a person has written it, in the place of the assignment's or beside those.

    It belongs to the assignment's `rubric`, by its digest. `scores` are the decisions that follow from it: of everybody
    who had the item, each by the marker whose it was.
    """

    question: str
    rubric: str
    key: str
    points: Fraction
    text: str
    marker: str
    at: AwareDatetime
    scores: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """An answer that somebody wants to be looked at by others too, or not any more."""

    id: str
    question: str
    flagged: bool
    marker: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Unmasked:
    """That a marker has asked whose answer it is."""

    id: str
    unmasked: str  # the question
    marker: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Seen:
    """That a marker was shown what others gave for an answer, and so cannot mark it independently any more."""

    id: str
    seen: str  # the question
    marker: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Second:
    """A score by a marker who was not shown what others gave: it counts for nobody, and tells how far they agree."""

    second: Decision

    @property
    def marker(self) -> str:
        """Whose it is."""
        return self.second.marker

    @property
    def at(self) -> datetime:
        """When it was given."""
        return self.second.at


@dataclass(frozen=True, slots=True)
class Request:
    """What a student asks about a check or a written question; where it is not `open`, what the staff replied."""

    id: str
    part: str
    text: str
    open: bool
    marker: str
    at: AwareDatetime


Act: TypeAlias = Decision | Override | RubricItem | Flag | Unmasked | Seen | Second | Request
