"""What the gradebook keeps of one submission's report: marks without texts, so that a class fits in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Self

from grader.core.shared import shared_mapping
from grader.results.by_check import by_check
from grader.results.lateness import Source
from grader.results.report import Answer, Report, State, in_short


@dataclass(frozen=True, slots=True)
class Mark:
    """Points of a check or a written question, exact; None where there are none (yet).

    `again` is why a person's points are to be looked at again, where they are. Of a check whose points a person has
    changed, `judged` is what it gave, `comment` the reason, and `marker` who.
    """

    points: Fraction | None
    max_points: Fraction
    comment: str = ""
    again: str = ""
    marker: str = ""
    judged: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A written question of one submission: what it can earn, and the digests of its answer and of its rubric."""

    max_points: Fraction
    answer: str
    rubric: str

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Of an answer whose texts are there."""
        return cls(answer.max_points, answer.text_digest, answer.rubric_digest)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check has judged: the digests of what was submitted and of the check."""

    files: str
    version: str


@dataclass(frozen=True, slots=True)
class Graded:
    """One submission: the marks of its checks and its written questions.

    `files` is a digest of what was submitted, and `versions` has one of each check whose verdict is final. `members`
    are the ids of those who share it; where there are none it is its own id's. `submitted_at` is aware.
    """

    submission: str
    state: State
    checks: Mapping[str, Mark] = field(default_factory=dict)
    files: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    source: Source = Source.LMS
    level: str = ""
    device: str = ""
    note: str = ""

    @classmethod
    def of(cls, report: Report) -> Self:
        """The marks of a report, which need not be kept. It is a whole one: not `in_short`."""
        marks = ((each.name, _MARK(each.points, each.max_points)) for each in by_check(report.verdicts))
        return cls(
            submission=report.submission_id,
            state=report.state,
            checks=shared_mapping(marks),
            files=report.provenance.get("submission", ""),
            versions=report.check_versions,
            questions={each.id: Question.of(each) for each in report.answers},
            members=report.members,
            submitted_at=report.submitted_at,
            source=report.submitted_at_by,
            level=report.level,
            device=report.device,
            note="; ".join([*([report.reason] if report.reason else []), *report.notes]),
        )

    @classmethod
    def not_submitted(cls, id: str) -> Self:
        """Somebody in the roster who submitted nothing."""
        return cls(id, State.NOT_HANDED_IN)

    @classmethod
    def not_graded_yet(cls, submission: str, members: tuple[str, ...] = ()) -> Self:
        """A submission without a report that counts."""
        return cls(submission, State.NOT_GRADED_YET, members=members)

    def judged(self, check: str) -> Judged | None:
        """What a check has judged; None where it has no final verdict."""
        return Judged(self.files, self.versions[check]) if check in self.versions else None

    @property
    def ids(self) -> tuple[str, ...]:
        """The students whose submission it is."""
        return self.members or (self.submission,)


@dataclass(frozen=True, slots=True)
class InShort:
    """What is remembered of a final report while a class is worked out: it in short, its marks, and its `version`."""

    report: Report
    marks: Graded
    version: Mapping[str, str]

    @classmethod
    def of(cls, report: Report) -> Self:
        """Of a whole report."""
        return cls(in_short(report), Graded.of(report), report.version)


_MARK = lru_cache(maxsize=1 << 12)(Mark)  # the same object for the same mark
