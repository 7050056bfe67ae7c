"""How far two people agree who have marked the same answer, the second without knowing what the first gave."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from grader.core.verdict import total
from grader.marking.now import Now, View
from grader.results.acts import Decision
from grader.results.decisions import about
from grader.results.rubric_items import earned


@dataclass(frozen=True, slots=True)
class Pair:
    """An answer that two have marked independently: its alias, and by how many points the second is above the first."""

    alias: str
    first: str
    second: str
    above: Fraction


@dataclass(frozen=True, slots=True)
class Agreement:
    """On one question."""

    question: str
    pairs: tuple[Pair, ...]

    @property
    def same(self) -> int:
        """How often both gave the same points."""
        return sum(each.above == 0 for each in self.pairs)

    @property
    def apart(self) -> Fraction | None:
        """By how many points they differ on average; None without pairs."""
        return total(abs(each.above) for each in self.pairs) / len(self.pairs) if self.pairs else None


def agreement(now: Now, question: str) -> Agreement:
    """Of all markers, on the texts as they are now, by the rubric as it is now.

    A score that was changed since by a person may have been changed because of the second one: what counted before that
    is compared.
    """
    return Agreement(question, tuple(pair for view in now.views(question) for pair in _pairs(now, view)))


def _pairs(now: Now, view: View) -> list[Pair]:
    key, question = (view.entry.id, view.entry.answer.id), view.entry.question
    seconds = {each.marker: each for each in now.decisions.seconds.get(key, ()) if each.is_about(question)}
    found = []
    for second in seconds.values():
        first = about([each for each in now.decisions.scores.get(key, ()) if each.at < second.at], question)
        if first and first.points is not None and second.points is not None:
            above = _points(second, second.points, view) - _points(first, first.points, view)
            found.append(Pair(view.entry.alias, first.marker, second.marker, above))
    return found


def _points(score: Decision, points: Fraction, view: View) -> Fraction:
    """What a score would give by the items as they are now; of one without items, what it gave."""
    if not score.items:
        return points
    return earned(score.items, score.adjust, view.items, view.entry.question.max_points)
