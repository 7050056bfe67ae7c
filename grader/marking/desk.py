"""What a marker decides: kept in the store of `decisions`, and nobody's is replaced by accident.

Each score says which version of an answer the person has seen. Where anything has changed since, nothing is stored, and
both are shown. Everything is read again and written under one lock, so several desks may share one store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import visible
from grader.files.tables import number
from grader.marking.answers import Answers
from grader.marking.now import Now, Version, View, items_version
from grader.results.acts import Act, Decision, Flag, Second, Seen, Unmasked
from grader.results.decisions import MarksReader, add_decisions, drop_unfinished, require_marker, time_after
from grader.results.lock import deciding
from grader.results.report import shown
from grader.results.rubric_items import Item, change_item, earned, items_of

TEXT_LIMIT = 4000
KEYS = [str(each) for each in range(1, 100)]


@dataclass(frozen=True, slots=True)
class Score:
    """What a person gives answers to a question. `seen` has the version that was seen of each, by its alias.

    Without `scored` there are no points, but perhaps a comment. `adjust` is a number as it was typed. A `second` one is
    by a marker who was not shown the first: it counts for nobody, and tells how far they agree.
    """

    question: str
    seen: Mapping[str, Version]
    items: tuple[str, ...] = ()
    adjust: str = "0"
    comment: str = ""
    reason: str = ""
    scored: bool = True
    second: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a score was not stored, and how the answer stands."""

    why: str
    view: View


class Desk:
    """One marker's. `dropped` is how many bytes of an unfinished line were removed from what the marker had stored.

    `has_decided` is whether anything was, since somebody has last set it to False.
    """

    def __init__(self, results: Path, marker: str) -> None:
        require_marker(marker)
        self.results = results
        self.marker = marker
        self.has_decided = False
        self._answers = Answers(results)
        self._reader = MarksReader(results, unfinished=True)
        with deciding(results):
            self.dropped = drop_unfinished(results, marker)

    @contextmanager
    def open(self) -> Iterator[Now]:
        """Everything as it is now, and nobody decides anything until this ends."""
        with deciding(self.results):
            yield Now(self._answers.refresh(), self._reader.read(), self.marker)

    def save(self, score: Score) -> list[Conflict]:
        """Store a score of all its answers, or none of it and say why. Raises `UsageError` where it is not a score."""
        with self.open() as now:
            at = time_after(now.decisions)
            new: list[Decision] = []
            conflicts: list[Conflict] = []
            for alias, seen in score.seen.items():
                view = now.view(now.entry(score.question, alias), second=score.second)
                decision = self._decision(score, view, at)
                if decided(decision) == (decided(view.latest) if view.latest else _nothing(decision)):
                    continue
                new.append(decision)
                if why := view.why_not(seen, decision):
                    conflicts.append(Conflict(why, view))
            if not conflicts:
                self._add([Second(each) for each in new] if score.second else new)
            elif not score.second:
                self._keep_seen(now, [each.view for each in conflicts])
            return conflicts

    def read(self, question: str, alias: str, *, second: bool = False, ahead: bool = False) -> tuple[Now, View, bool]:
        """An answer, and whether to show it: not where it is only asked for `ahead`, and has points from others by now.

        A marker who is shown those cannot mark it independently any more, and that is kept.
        """
        with self.open() as now:
            view = now.view(now.entry(question, alias), second=second)
            if second or not now.may_second(view.entry):
                return now, view, True
            if not ahead:
                self._keep_seen(now, [view])
            return now, view, not ahead

    def flag(self, question: str, alias: str, flagged: bool) -> None:
        """Mark an answer as one that others should look at, or not any more."""
        with self.open() as now:
            entry = now.entry(question, alias)
            self._add([Flag(entry.id, question, flagged, self.marker, time_after(now.decisions))])

    def unmask(self, question: str, alias: str) -> str:
        """Whose an answer is. That this was asked is kept in the store."""
        with self.open() as now:
            entry = now.entry(question, alias)
            self._add([Unmasked(entry.id, question, self.marker, time_after(now.decisions))])
            return self._answers.who(entry)

    def change(self, question: str, key: str, points: str, text: str, seen: str) -> int:
        """Change an item of the rubric, or without a `key` add one; returns how many scores follow from it.

        `seen` is the version of the items that the person has seen. Raises `UsageError`.
        """
        text, given = _said(text), _typed(points)
        with self.open() as now:
            answer = now.first(question).answer
            items = items_of(answer, now.decisions)
            most = shown(answer.max_points)
            if not text or abs(given) > answer.max_points:
                raise UsageError(f"the rubric: give an item a text, and from -{most} to {most} points, such as 0.5")
            if seen != items_version(items):
                raise UsageError("the rubric: somebody has changed it meanwhile; look at it again, and repeat yours")
            if key and key not in items:
                raise UsageError(f"the rubric: there is no item {key!a}; load the page again")
            key = key or next(each for each in KEYS if each not in items)
            item, at = Item(given, text), time_after(now.decisions)
            new = change_item(answer, key, item, now.decisions, marker=self.marker, at=at)
            self._add([new])
            return len(new.scores)

    def _decision(self, score: Score, view: View, at: datetime) -> Decision:
        """What a score says of one answer. Raises `UsageError`."""
        question = view.entry.question
        if unknown := [key for key in score.items if key not in view.items]:
            raise UsageError(f"the rubric: there is no item {unknown[0]!a}; load the page again")
        items = tuple(key for key in view.items if key in score.items) if score.scored else ()
        adjust = _typed(score.adjust) if score.scored else Fraction()
        return Decision(
            id=view.entry.id,
            question=score.question,
            points=earned(items, adjust, view.items, question.max_points) if score.scored else None,
            comment=_said(score.comment),
            answer=question.answer,
            rubric=question.rubric,
            marker=self.marker,
            at=at,
            reason=_said(score.reason),
            items=items,
            adjust=adjust,
        )

    def _keep_seen(self, now: Now, shown: Sequence[View]) -> None:
        at = time_after(now.decisions)
        entries = [view.entry for view in shown if now.may_second(view.entry)]
        add_decisions(self.results, self.marker, [Seen(each.id, each.answer.id, self.marker, at) for each in entries])

    def _add(self, new: Sequence[Act]) -> None:
        add_decisions(self.results, self.marker, new)
        self.has_decided = self.has_decided or bool(new)


def decided(decision: Decision) -> tuple[object, ...]:
    """What a decision says, not who says it."""
    points = decision.points, decision.comment, decision.items, decision.adjust
    return *points, decision.answer, decision.rubric


def _nothing(decision: Decision) -> tuple[object, ...]:
    """What a decision on that text says that says nothing."""
    return decided(replace(decision, points=None, comment="", items=(), adjust=Fraction()))


def _said(text: str) -> str:
    """What a person typed, on one line as in a sheet."""
    return visible(" ".join(text.split()), TEXT_LIMIT)


def _typed(points: str) -> Fraction:
    """A number that a person typed. Raises `UsageError`."""
    found = number(points.strip())
    if found is None:
        raise UsageError(f"{points[:20]!a} is not a number of points; write points such as 1.5")
    return found
