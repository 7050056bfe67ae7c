"""What has changed between two runs: who, what, from what to what, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from grader.results.history import CheckStanding, Score, Standing, Standings


class Why(StrEnum):
    """Why a student stands otherwise."""

    SUBMITTED_AGAIN = "submitted again"
    CHECK_CHANGED = "check changed"
    ENVIRONMENT_CHANGED = "environment changed"
    RUN_AGAIN = "run again"  # on the same, as far as is known
    LATE = "late"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class CheckChange:
    """A check of a student; None is that there was, or is, none."""

    name: str
    before: CheckStanding | None
    now: CheckStanding | None
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A written question of a student; None is that questions did not count, or do not."""

    name: str
    before: Score | None
    now: Score | None


@dataclass(frozen=True, slots=True)
class Change:
    """A student of whom something has changed. Where there is no `before`, or no `now`, that is all of it."""

    id: str
    before: Standing | None
    now: Standing | None
    checks: tuple[CheckChange, ...] = ()
    scores: tuple[ScoreChange, ...] = ()

    @property
    def is_late(self) -> bool:
        """Whether lateness is another."""
        return bool(self.before and self.now and self.before.late_days != self.now.late_days)

    @property
    def why(self) -> tuple[Why, ...]:
        """All the reasons, each once."""
        reasons = [why for each in self.checks for why in each.why]
        reasons += [Why.LATE] if self.is_late else []
        reasons += [Why.SCORE] if self.scores else []
        return tuple(dict.fromkeys(reasons))


def changes(before: Standings, now: Standings) -> tuple[Change, ...]:
    """Everybody who stands otherwise, in order of id; not those of whom only digests have changed."""
    return tuple(_changes(before, now))


def _changes(before: Standings, now: Standings) -> Iterator[Change]:
    for id in sorted(before.keys() | now.keys()):
        was, stands = before.get(id), now.get(id)
        if was is None or stands is None:
            yield Change(id, was, stands)
            continue
        change = Change(id, was, stands, tuple(_checks(was, stands)), tuple(_scores(was, stands)))
        if change.why or (was.state, was.points) != (stands.state, stands.points):
            yield change


def _checks(before: Standing, now: Standing) -> Iterator[CheckChange]:
    for name in {**before.checks, **now.checks}:
        was, stands = before.checks.get(name), now.checks.get(name)
        if _told(was) != _told(stands):
            yield CheckChange(name, was, stands, tuple(_why(before, now, was, stands)) or (Why.RUN_AGAIN,))


def _why(before: Standing, now: Standing, was: CheckStanding | None, stands: CheckStanding | None) -> Iterator[Why]:
    if was and stands and before.submission != now.submission:
        yield Why.SUBMITTED_AGAIN
    if was is None or stands is None or (was.version and stands.version and was.version != stands.version):
        yield Why.CHECK_CHANGED
    if was and stands and before.environment != now.environment:
        yield Why.ENVIRONMENT_CHANGED
    if was and stands and (was.marker or stands.marker):
        yield Why.SCORE


def _scores(before: Standing, now: Standing) -> Iterator[ScoreChange]:
    for name in {**before.questions, **now.questions}:
        was, stands = before.questions.get(name), now.questions.get(name)
        if was != stands:
            yield ScoreChange(name, was, stands)


def _told(check: CheckStanding | None) -> object:
    """What of a check is for people."""
    return check and (check.outcome, check.points, check.max_points, check.marker)
