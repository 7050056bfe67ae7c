"""The report: all verdicts of one submission in check order, with totals, written answers and provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from sys import intern
from typing import Annotated, Any

from pydantic import Field

from grader.core.digest import digest
from grader.core.limits import Level
from grader.core.shared import shared_mapping
from grader.core.verdict import Outcome, Verdict, is_twin, total
from grader.results.judged import Digests
from grader.results.lateness import Source, SubmittedAt
from grader.results.stored import Stored
from grader.results.twins import fold, unfold


class State(StrEnum):
    """Where a submission stands. Only GRADED has points that may be used; the others are never a silent zero.

    The last two are of people without a report that counts.
    """

    GRADED = "GRADED"
    UNFINISHED = "UNFINISHED"  # the grader failed on some check; grade again
    QUARANTINED = "QUARANTINED"  # not graded until a person has looked at it; `reason` says why
    NOT_GRADED_YET = "NOT_GRADED_YET"  # not reached, or not tried again, when the run was stopped; grade again
    NOT_HANDED_IN = "NOT_HANDED_IN"  # in the roster


@dataclass(frozen=True, slots=True)
class Answer:
    """A written answer beside the rubric by which a person scores it: (points, what to look for).

    `problem` and `untouched` are those of `Written`.
    """

    id: str
    title: str
    prompt: str
    rubric: tuple[tuple[int, str], ...]
    text: str | None
    problem: str = ""
    untouched: bool = False

    @property
    def why_no_text(self) -> str:
        """Where there is no text: that it could not be read, is still the template, or is absent. Else empty."""
        if self.text is not None:
            return ""
        if self.problem:
            return f"could not be read: {self.problem}"
        return "is still the template" if self.untouched else "was not submitted"

    @property
    def max_points(self) -> Fraction:
        """What a person can give."""
        return Fraction(sum(points for points, _ in self.rubric))

    @property
    def text_digest(self) -> str:
        """Changes with the answer."""
        return digest(*([] if self.text is None else [self.text]))[:32]

    @property
    def rubric_digest(self) -> str:
        """Changes with the points and with the words of the rubric."""
        return _rubric_digest(self.rubric)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a student's notebook, encoded by us: the number of its cell, and a PNG in base64."""

    cell: int
    png: str


@dataclass(frozen=True, slots=True)
class Illustrations:
    """What a page shows beside the report: written answers as clean HTML, by question, and figures.

    `lost` figures could not be shown. `now` are those that the notebook drew when it was graded; None where it was not
    run for that. Where it `failed` that was our fault, and is tried again.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    lost: int = 0
    failed: bool = False
    now: tuple[Figure, ...] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of one submission after grading. Written answers are graded by hand, beside its points.

    `verdicts` are those that count, and `twins` those on secret twins, for staff alone. `members` are the ids of
    those who share it, where it is not its own id's alone. `submitted_at` is aware; in files it is `handed_in`.
    `files` are those that were judged (see `judged`). `keys` has a digest for each check whose verdict is final, of
    all that the verdict depends on: where it is the same, the check need not be run again. Its first half, up to a
    dot, is that of the `version`. `made_from` is a digest of all that the report depends on, where grading again
    would give the same (see `grading.unchanged`).
    """

    submission_id: Annotated[str, Field(alias="submission")]  # of a quarantined one its name in the download
    assignment: str
    title: str
    level: Level
    device: str
    verdicts: tuple[Verdict, ...] = ()
    answers: tuple[Answer, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    submitted_at: SubmittedAt = None
    submitted_at_by: Annotated[Source, Field(alias="handed_in_by")] = Source.LMS
    files: Digests = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    made_from: str = ""
    twins: tuple[Verdict, ...] = ()

    @property
    def ran(self) -> tuple[Verdict, ...]:
        """All verdicts as they came out of the run, those on twins last: what decides on what is to be run again."""
        return unfold(self.verdicts, self.twins)

    def with_ran(self, verdicts: Iterable[Verdict]) -> Report:
        """The same with other verdicts of a run."""
        counting, twins = fold(verdicts)
        return replace(self, verdicts=counting, twins=twins)

    @property
    def state(self) -> State:
        """Derived from what is in the report."""
        if self.reason:
            return State.QUARANTINED
        if any(verdict.outcome is Outcome.GRADER_ERROR for verdict in self.verdicts):
            return State.UNFINISHED
        return State.GRADED

    @property
    def waiting(self) -> tuple[Verdict, ...]:
        """The verdicts that a busy machine may have caused, and that are not the student's before a second try.

        Those are of what ran out of time or memory and, where the clock has cut a cell of a notebook, all that did not
        pass.
        """
        settled = (Outcome.PASSED, Outcome.GRADER_ERROR)
        if all(each.check in self.keys for each in (*self.verdicts, *self.twins)):  # as most are
            return ()
        return tuple(each for each in self.ran if each.check not in self.keys and each.outcome not in settled)

    @property
    def check_versions(self) -> Mapping[str, str]:
        """By check with a final verdict, a digest of all of the assignment that its points depend on."""
        return shared_mapping((name, key.partition(".")[0]) for name, key in self.keys.items() if not is_twin(name))

    @property
    def version(self) -> Mapping[str, str]:
        """The same by check and by written question; two reports with the same are by the same version."""
        return shared_mapping({**self.check_versions, **version_of(self.answers)}.items())

    @property
    def points(self) -> Fraction:
        """Exact; rounded only when shown."""
        return total(verdict.points for verdict in self.verdicts)

    @property
    def max_points(self) -> Fraction:
        """What full marks are."""
        return total(verdict.max_points for verdict in self.verdicts)


ENVIRONMENT = ("judging", "torch", "packages")  # the part of a report's provenance that verdicts depend on
REPORT = Stored(Report, 1, "delete it and run `grader grade` again")


@lru_cache(maxsize=256)  # the same for each student
def _rubric_digest(rubric: tuple[tuple[int, str], ...]) -> str:
    return digest(*(part for points, text in rubric for part in (str(points), text)))[:32]


def version_of(answers: Iterable[Answer]) -> dict[str, str]:
    """The part of a version that is about written questions."""
    return {f"question {answer.id}": answer.rubric_digest for answer in answers}


def shown(points: Fraction) -> str:
    """Points for people: at most two decimals, none where they are zero."""
    return f"{float(points):.2f}".rstrip("0").rstrip(".")


def shown_if_any(points: Fraction | None) -> str:
    """The same; empty where there are none."""
    return "" if points is None else shown(points)


def to_json(report: Report) -> bytes:
    """Staff's `report.json`. Points are exact fractions as text, such as "3/2"."""
    return REPORT.dumped(report)


def for_programs(report: Report) -> dict[str, Any]:
    """The content of `report.json`, with what is worked out from it."""
    sums = {"state": report.state, "points": str(report.points), "max_points": str(report.max_points)}
    return REPORT.as_json(report) | sums


def from_json(data: bytes) -> Report:
    """The report in a `report.json`. Raises `Unreadable`."""
    return REPORT.parsed(data)


def in_short(report: Report) -> Report:
    """The report without its long texts, files and twins: those of a class of thousands fit into memory.

    Its `keys` are the version alone. What reports have in common is in memory once, as are most verdicts of a class:
    their seconds are in hundredths.
    """
    return replace(
        report,
        twins=(),
        provenance={name: intern(value) for name, value in report.provenance.items()},
        files={},
        keys=report.check_versions,
        verdicts=tuple(map(_verdict_in_short, report.verdicts)),
        answers=tuple(map(_answer_in_short, report.answers)),
    )


def _verdict_in_short(verdict: Verdict) -> Verdict:
    return _VERDICT(
        verdict.check,
        verdict.case,
        verdict.claim,
        verdict.outcome,
        verdict.points,
        verdict.max_points,
        verdict.hidden,
        round(verdict.seconds, 2),
        verdict.message[:200],
        place=verdict.place,
        missing_module=verdict.missing_module,
        cause=verdict.cause,
        ours=verdict.ours,
        secret=verdict.secret,
    )


def _answer_in_short(answer: Answer) -> Answer:
    rubric = tuple((points, "") for points, _ in answer.rubric)
    return _ANSWER(answer.id, answer.title, "", rubric, None, untouched=answer.untouched)


# The same object for the same content.
_VERDICT = lru_cache(maxsize=1 << 14)(Verdict)
_ANSWER = lru_cache(maxsize=1 << 10)(Answer)
