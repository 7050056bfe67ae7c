"""The items that the points of a written answer come from: the assignment's rubric, and what people have made of it.

    points = those of the items that it has + adjust, from 0 to the maximum

An item has a key: "1", "2", ... in the assignment's order, and further ones for those that people have added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from grader.results.acts import Decision, RubricItem
from grader.results.decisions import Decisions
from grader.results.report import Answer, shown


@dataclass(frozen=True, slots=True)
class Item:
    """What to look for, and what it is worth; below 0 it takes points away."""

    points: Fraction
    text: str


def items_of(answer: Answer, decisions: Decisions) -> dict[str, Item]:
    """By key, the rubric that an answer is marked by."""
    found = {str(number): Item(Fraction(points), text) for number, (points, text) in enumerate(answer.rubric, 1)}
    for each in decisions.items.get((answer.id, answer.rubric_digest), ()):
        found[each.key] = Item(each.points, each.text)
    return found


def earned(keys: Iterable[str], adjust: Fraction, items: Mapping[str, Item], most: Fraction) -> Fraction:
    """The points of an answer that has these items."""
    return min(max(sum((items[key].points for key in keys), adjust), Fraction()), most)


def change_item(answer: Answer, key: str, item: Item, decisions: Decisions, *, marker: str, at: datetime) -> RubricItem:
    """The item as it is to be from now on, with the scores that follow from it: of all answers that have it.

    Those to earlier answers, which count again where one comes back, are scored anew, too.
    """
    items = items_of(answer, decisions)
    old = items.get(key)
    items[key] = item
    was = f"from {shown(old.points)} " if old else ""
    reason = f"item {key} of the rubric changed {was}to {shown(item.points)} by {marker}"
    rubric = answer.rubric_digest
    return RubricItem(answer.id, rubric, key, item.points, item.text, marker, at, tuple(
        replace(each, points=earned(each.items, each.adjust, items, answer.max_points), at=at, reason=reason)
        for (_, question), those in decisions.scores.items()
        if question == answer.id
        for each in standing(those)
        if each.rubric == rubric and key in each.items and each.points is not None
    ))  # fmt: skip


def standing(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The last on each text that was scored."""
    return tuple({(each.answer, each.rubric): each for each in decisions}.values())
