"""What people have decided: append-only, and each decision belongs to what it is about.

results/marks/<marker>.jsonl    a line for each decision, in order; never changed, only added to

A score of a written answer counts while answer and rubric are those that were scored (`Question`), and other points for
a check while files and check are those that were judged (`Judged`). Each counts again where both come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import AwareDatetime

from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.files.atomic import append_whole
from grader.results.marks import Judged, Mark, Question
from grader.results.stored import Stored

MARKS = "marks"
T = TypeVar("T")
OTHERWISE = "put a copy back, or remove what is damaged and import its sheet again"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's points for a written answer of a submission or of one of its members; None where only a comment.

    `answer` and `rubric` are the digests of what was scored. `reason` is why it replaces what a colleague gave.
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


# An id, and the name of a question or of a check.
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that people have decided: for written answers, and in the place of checks; each in order of time."""

    scores: Mapping[Key, tuple[Decision, ...]] = field(default_factory=dict)
    overrides: Mapping[Key, tuple[Override, ...]] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        """Whom they are about."""
        return {id for id, _ in (*self.scores, *self.overrides)}


def read_decisions(results: Path) -> Decisions:
    """All that people have decided in a folder of results; empty where there is nothing. Raises `UsageError`."""
    folder = results / MARKS
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".jsonl")
        found = [each for path in files for each in _read(path)]
    except FileNotFoundError:
        return Decisions()
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be read ({error.strerror}); {OTHERWISE}") from None
    found.sort(key=lambda decision: decision.at)
    return Decisions(
        _by_key(((each.id, each.question), each) for each in found if isinstance(each, Decision)),
        _by_key(((each.id, each.check), each) for each in found if isinstance(each, Override)),
    )


def given_to(decisions: Decisions, id: str, submission: str, question: str) -> tuple[Decision, ...]:
    """Those that a student has points from: the student's own before those on the shared submission."""
    return decisions.scores.get((id, question)) or decisions.scores.get((submission, question), ())


def time_after(decisions: Decisions) -> datetime:
    """Now, or later: a decision comes after all that there are, whatever the clock says."""
    scored = (each.at for those in decisions.scores.values() for each in those)
    changed = (each.at for those in decisions.overrides.values() for each in those)
    return max([datetime.now(UTC), *(at + timedelta(microseconds=1) for at in (*scored, *changed))])


def add_decisions(results: Path, marker: str, new: Sequence[Decision | Override]) -> None:
    """Add to what a marker has decided: on the disk when this returns, and nothing of it where it fails.

    Raises `UsageError`.
    """
    if not new:
        return
    path = results / MARKS / f"{marker}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        append_whole(path, b"".join(map(_DECISION.line, new)))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); nothing was stored") from None


def require_marker(marker: str) -> None:
    """Raises `UsageError` where a name cannot be a marker's."""
    if not is_id(marker):
        raise UsageError(f"--marker {marker}: write a short name of letters, digits and . _ - @")


def about(decisions: Sequence[Decision], question: Question) -> Decision | None:
    """The latest decision on this text; None where there is none."""
    return next((each for each in reversed(decisions) if each.is_about(question)), None)


def mark(decisions: Sequence[Decision], question: Question) -> Mark:
    """What decisions give for an answer: no points, and why, where the latest score is to be looked at again."""
    latest = about(decisions, question)
    if latest and (latest.points is None or latest.points <= question.max_points):
        return Mark(latest.points, question.max_points, latest.comment)
    scored = [each for each in decisions if each.points is not None]
    return Mark(None, question.max_points, again=_changed(scored[-1], question) if scored else "")


def _changed(score: Decision, question: Question) -> str:
    if score.answer != question.answer:
        return "the answer has changed"
    return "the rubric has changed" if score.rubric != question.rubric else "more than the maximum"


def _by_key(decisions: Iterable[tuple[Key, T]]) -> dict[Key, tuple[T, ...]]:
    found: dict[Key, list[T]] = {}
    for key, each in decisions:
        found.setdefault(key, []).append(each)
    return {key: tuple(those) for key, those in found.items()}


def _read(path: Path) -> list[Decision | Override]:
    """The decisions of one marker. Raises `UsageError`."""
    found = _DECISION.parsed_lines(path, path.read_bytes())
    for number, each in enumerate(found, 1):
        if each.marker != path.stem:
            raise UsageError(f"{path} line {number}: damaged: another marker's; {OTHERWISE}")
    return found


_DECISION: Stored[Decision | Override] = Stored(Decision | Override, 1, OTHERWISE)
