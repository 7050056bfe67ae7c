"""What the gradebook keeps of one submission's report: marks without texts, so that a class fits in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Self

from grader.results.lateness import Source
from grader.results.report import Report, State


@dataclass(frozen=True, slots=True)
class Mark:
    """Points of a check or a written question, exact; None where there are none (yet)."""

    points: Fraction | None
    max_points: Fraction
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Graded:
    """One submission: the marks of its checks, and what each written question can earn.

    `members` are the ids of those who share it; where there are none it is its own id's. `submitted_at` is aware.
    """

    submission: str
    state: State
    checks: Mapping[str, Mark] = field(default_factory=dict)
    questions: Mapping[str, Fraction] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    source: Source = Source.LMS
    level: str = ""
    device: str = ""
    note: str = ""

    @classmethod
    def of(cls, report: Report) -> Self:
        """The marks of a report, which need not be kept."""
        checks: dict[str, Mark] = {}
        for verdict in report.verdicts:
            so_far = checks.get(verdict.check, Mark(Fraction(), Fraction()))
            assert so_far.points is not None
            checks[verdict.check] = Mark(so_far.points + verdict.points, so_far.max_points + verdict.max_points)
        return cls(
            submission=report.submission_id,
            state=report.state,
            checks=checks,
            questions={each.id: Fraction(sum(points for points, _ in each.rubric)) for each in report.answers},
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

    @property
    def ids(self) -> tuple[str, ...]:
        """The students whose submission it is."""
        return self.members or (self.submission,)
