"""One student's row of the gradebook: the parts of the points, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from grader.core.verdict import total
from grader.results.lateness import Lateness
from grader.results.marks import Mark
from grader.results.report import State, shown_if_any


@dataclass(frozen=True, slots=True)
class Row:
    """One student; of some no `name` is known.

    `questions` is empty while nobody's written answers are scored; then they count for nobody.
    """

    id: str
    submission: str
    state: State
    checks: Mapping[str, Mark] = field(default_factory=dict)
    questions: Mapping[str, Mark] = field(default_factory=dict)
    late: Lateness | None = None
    level: str = ""
    device: str = ""
    note: str = ""
    name: str = ""

    @property
    def from_checks(self) -> Fraction | None:
        """What the checks gave, and people in their place; None unless GRADED."""
        return _sum(self.checks.values()) if self.state is State.GRADED else None

    @property
    def manual(self) -> Fraction | None:
        """What people gave; None unless every question is scored."""
        return _sum(self.questions.values()) if self.state is State.GRADED else None

    @property
    def unscored(self) -> tuple[str, ...]:
        """The questions of a graded submission that have no score, or none that counts for this answer."""
        graded = self.state is State.GRADED
        return tuple(name for name, mark in self.questions.items() if graded and mark.points is None)

    @property
    def waits_for(self) -> str:
        """Which questions a person has to score, or to look at again, before there is a total."""
        new = [name for name in self.unscored if not self.questions[name].again]
        again = [f"{name} ({why})" for name in self.unscored if (why := self.questions[name].again)]
        parts = {"not scored yet": new, "to be looked at again": again}
        return "; ".join(f"{words}: {', '.join(names)}" for words, names in parts.items() if names)

    @property
    def taken(self) -> Fraction | None:
        """What lateness takes of both; None where there is no total."""
        earned = self._earned
        if earned is None:
            return None
        return self.late.taken(earned) if self.late else Fraction()

    @property
    def points(self) -> Fraction | None:
        """The total; None where there is none, which is not zero."""
        earned, taken = self._earned, self.taken
        return None if earned is None or taken is None else earned - taken

    @property
    def _earned(self) -> Fraction | None:
        from_checks, manual = self.from_checks, self.manual
        return None if from_checks is None or manual is None else from_checks + manual

    @property
    def max_points(self) -> Fraction:
        """What its checks, and its questions where they count, can earn."""
        return total(mark.max_points for mark in (*self.checks.values(), *self.questions.values()))

    @property
    def overridden(self) -> dict[str, Mark]:
        """The checks whose points a person has changed."""
        return {name: mark for name, mark in self.checks.items() if mark.judged is not None}

    @property
    def lapsed(self) -> dict[str, Mark]:
        """The checks for which a person gave points that have no effect until somebody has looked again."""
        return {name: mark for name, mark in self.checks.items() if mark.again}

    @property
    def is_more_than_checks(self) -> bool:
        """Whether the total has other parts than what the checks gave."""
        others = self.questions or (self.late and self.late.days) or self.overridden
        return bool(others) and self.points is not None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know of this row."""
        late = self.late.sentence if self.late else ""
        return tuple(each for each in (late, self.waits_for, *self.about_overrides, self.note) if each)

    @property
    def about_overrides(self) -> tuple[str, ...]:
        """What people have given in the place of checks, and what of it has no effect."""
        changed = (
            f"{name} has {shown_if_any(mark.points)} and not {shown_if_any(mark.judged)} points "
            f"by {mark.marker}: {mark.comment}"
            for name, mark in self.overridden.items()
        )
        again = (
            f"points that {mark.marker} gave for {name} to be looked at again: {mark.again}"
            for name, mark in self.lapsed.items()
        )
        return (*changed, *again)


def _sum(marks: Iterable[Mark]) -> Fraction | None:
    points = [mark.points for mark in marks]
    return total(each for each in points if each is not None) if None not in points else None
