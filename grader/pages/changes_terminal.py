"""The terminal's face of what has changed between two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from rich.console import Console
from rich.text import Text

from grader.core.text import counted, some_of
from grader.pages.terminal import shown_text, state_word
from grader.results.changes import Change
from grader.results.history import CheckStanding, Run, Score
from grader.results.outcomes import LOOKS
from grader.results.report import shown

IDS_SHOWN = 20


def print_changes(
    console: Console, runs: Sequence[Run], since: int, found: Sequence[Change], names: Mapping[str, str]
) -> None:
    """What the runs after number `since` have changed: a line for each part of each student, and the reasons in sum."""
    earlier = _named(runs, since) if since else "the beginning"
    console.print(shown_text(console, f"{_named(runs, len(runs))}, since {earlier}", "dim"))
    both = [each for each in found if each.before and each.now]
    for each in both:
        name = f" ({names[each.id]})" if each.id in names else ""
        console.print(shown_text(console, f"{each.id}{name}: {'; '.join(_total(console, each))}"))
        for line in _parts(console, each):
            console.print(Text("  ") + shown_text(console, line))
    for words, ids in (
        ("new", [each.id for each in found if each.before is None]),
        ("no longer in the class", [each.id for each in found if each.now is None]),
    ):
        if ids:
            console.print(shown_text(console, f"{words} ({len(ids)}): {some_of(ids, IDS_SHOWN)}"))
    reasons = Counter(why for each in both for why in each.why)
    told = "".join(f"; {why}: {number}" for why, number in reasons.most_common())
    many = f"{counted(len(both), 'student')} changed{told}" if found else "nothing has changed"
    console.print(shown_text(console, many, "bold"))


def _named(runs: Sequence[Run], number: int) -> str:
    run = runs[number - 1]
    return f"run {number} ({run.verb}, {run.at.astimezone():%Y-%m-%d %H:%M})"


def _total(console: Console, change: Change) -> Iterator[str]:
    """From which total, and from which state."""
    if change.before and change.now:
        if change.before.state != change.now.state:
            yield _arrow(console, state_word(change.before.state), state_word(change.now.state))
        if change.before.points != change.now.points:
            yield f"total {_arrow(console, *(_points(each.points) for each in (change.before, change.now)))}"
        elif change.before.state == change.now.state:
            yield f"total {_points(change.now.points)} as before"


def _parts(console: Console, change: Change) -> Iterator[str]:
    for check in change.checks:
        told = _arrow(console, _check(check.before), _check(check.now))
        yield f"{check.name}: {told} ({', '.join(check.why)})"
    for each in change.scores:
        yield f"{each.name}, by hand: {_arrow(console, _score(each.before), _score(each.now))}"
    if change.is_late and change.before and change.now:
        yield f"late: {_arrow(console, str(change.before.late_days), counted(change.now.late_days, 'day'))}"


def _points(points: Fraction | None) -> str:
    return "none" if points is None else shown(points)


def _arrow(console: Console, before: str, now: str) -> str:
    return f"{before} {'->' if console.options.ascii_only else '→'} {now}"


def _check(check: CheckStanding | None) -> str:
    if check is None:
        return "not there"
    return f"{LOOKS[check.outcome].word}, {shown(check.points)} of {shown(check.max_points)}"


def _score(score: Score | None) -> str:
    if score is None:
        return "not counted"
    return shown(score.points) if score.points is not None else score.again or "no score"
