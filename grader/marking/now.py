"""How the answers of a class stand at one moment, as a marker sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from grader.core.digest import digest
from grader.core.errors import UsageError
from grader.marking.answers import Entry
from grader.results.acts import Decision
from grader.results.decisions import Decisions, about, mark
from grader.results.marks import Mark
from grader.results.report import shown_if_any
from grader.results.rubric_items import Item, items_of

# What a person has seen of an answer: digests of its text, of the assignment's rubric and of the items, and when the
# last decision was.
Version: TypeAlias = tuple[str, str, str, str]


class Progress(StrEnum):
    """Where an answer stands."""

    UNSCORED = "unscored"
    SCORED = "scored"
    AGAIN = "look again"


@dataclass(frozen=True, slots=True)
class View:
    """An answer: the points that count, the latest decision about it or else on an earlier text's points, its rubric.

    `mine` is whether the points are this marker's.
    """

    entry: Entry
    mark: Mark
    latest: Decision | None
    items: Mapping[str, Item]
    flagged: bool
    mine: bool
    version: Version

    @property
    def progress(self) -> Progress:
        """Derived from the mark."""
        if self.mark.points is not None:
            return Progress.SCORED
        return Progress.AGAIN if self.mark.again else Progress.UNSCORED

    def why_not(self, seen: Version, new: Decision) -> str:
        """Why a person has to look again before `new` is stored; empty where nothing is in the way."""
        text, rubric, items, last = (one != other for one, other in zip(self.version, seen, strict=True))
        if text:
            return "the answer has changed: another one was submitted"
        if rubric:
            return "the rubric of the assignment has changed"
        if self.latest and last:
            return f"{self.latest.marker} gave {shown_if_any(self.latest.points) or 'no points'} meanwhile"
        if items:
            return "an item of the rubric has changed"
        others = self.latest and self.mark.points is not None and not self.mine
        replaces = new.points != self.mark.points or (self.mark.comment and new.comment != self.mark.comment)
        if self.latest and others and replaces and not new.reason:
            return f"{self.latest.marker} gave {shown_if_any(self.mark.points)} for this; say why you replace it"
        return ""


@dataclass(frozen=True)
class Now:
    """Answers by question and alias, and decisions, of which a person is shown what the `marker` may do."""

    questions: Mapping[str, Mapping[str, Entry]]
    decisions: Decisions
    marker: str

    def entry(self, question: str, alias: str) -> Entry:
        """An answer by its name. Raises `UsageError`."""
        try:
            return self.questions[question][alias]
        except KeyError:
            raise UsageError("this answer is not there any more, or is being graded; load the page again") from None

    def first(self, question: str) -> Entry:
        """Any answer to a question. Raises `UsageError`."""
        return self.entry(question, next(iter(self.questions.get(question, {})), ""))

    def view(self, entry: Entry, *, second: bool = False) -> View:
        """How an answer stands; for who marks it a `second` time, without anything that others gave.

        Raises `UsageError` where this marker cannot mark it a second time.
        """
        key = entry.id, entry.answer.id
        if second and not self.may_second(entry):
            raise UsageError("this answer cannot be marked independently by you any more; load the page again")
        decided = self._own_seconds(entry) if second else self.decisions.scores.get(key, ())
        flags = self.decisions.flags.get(key, ())
        counting = about(decided, entry.question)
        last = decided[-1] if decided else None
        items = items_of(entry.answer, self.decisions)
        return View(
            entry,
            mark(decided, entry.question),
            counting or next((each for each in reversed(decided) if each.points is not None), last),
            items,
            flagged=bool(flags) and flags[-1].flagged,
            mine=counting is not None and counting.marker == self.marker,
            version=(
                entry.question.answer,
                entry.question.rubric,
                items_version(items),
                last.at.isoformat() if last else "",
            ),
        )

    def views(self, question: str, *, second: bool = False) -> list[View]:
        """All answers to a question, or those that this marker can mark a `second` time."""
        entries = self.questions.get(question, {}).values()
        return [self.view(each, second=second) for each in entries if not second or self.may_second(each)]

    def may_second(self, entry: Entry) -> bool:
        """Whether it has points from others alone, which this marker has not been shown."""
        key = entry.id, entry.answer.id
        decided = self.decisions.scores.get(key, ())
        first = about(decided, entry.question)
        if first is None or first.points is None:
            return False
        known = {*(each.marker for each in decided), *(each.marker for each in self.decisions.seen.get(key, ()))}
        return self.marker not in known

    def _own_seconds(self, entry: Entry) -> tuple[Decision, ...]:
        found = self.decisions.seconds.get((entry.id, entry.answer.id), ())
        return tuple(each for each in found if each.marker == self.marker)

    def alike(self, entry: Entry) -> list[View]:
        """All other answers that are the same."""
        every = self.questions[entry.answer.id].values()
        return [self.view(each) for each in every if each is not entry and each.is_like(entry)]

    def comments(self, question: str, most: int = 30, *, second: bool = False) -> list[str]:
        """What has been commented on a question, the most frequent first."""
        found = Counter(each.mark.comment for each in self.views(question, second=second) if each.mark.comment)
        return [comment for comment, _ in found.most_common(most)]


def items_version(items: Mapping[str, Item]) -> str:
    """Changes with the points and words of any item."""
    return digest(*(part for key, each in items.items() for part in (key, str(each.points), each.text)))[:16]
