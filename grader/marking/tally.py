"""How far marking has come: by question and by marker, and how far those agree who have marked the same answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from grader.core.verdict import total
from grader.marking.now import Now, Progress
from grader.results.decisions import Decision


@dataclass(frozen=True, slots=True)
class Tally:
    """A question: how many answers stand where, whose scores count, and agreement.

    Of `pairs` of markers who have each given points to the same text, `same` gave the same; `apart` is by how many
    points they differ on average, None without pairs. Who marks second has seen what the first gave.
    """

    question: str
    progress: Mapping[Progress, int]
    flagged: int
    markers: Mapping[str, int]
    pairs: int
    same: int
    apart: Fraction | None


def tally(now: Now, question: str) -> Tally:
    """Of one question."""
    views = now.views(question)
    apart: list[Fraction] = []
    for each in views:
        decided = now.decisions.scores.get((each.entry.id, question), ())
        apart += _apart([one for one in decided if one.is_about(each.entry.question)])
    return Tally(
        question,
        Counter(each.progress for each in views),
        sum(each.flagged for each in views),
        Counter(each.latest.marker for each in views if each.latest and each.progress is Progress.SCORED),
        pairs=len(apart),
        same=apart.count(Fraction()),
        apart=total(apart) / len(apart) if apart else None,
    )


def _apart(decisions: list[Decision]) -> list[Fraction]:
    """By how many points each two markers differ."""
    last = {each.marker: each.points for each in decisions}
    given = [points for points in last.values() if points is not None]
    return [abs(one - other) for one, other in combinations(given, 2)]
