"""What counts of a check and its secret twin: a case has passed when it has under every seed, secret ones included.

A report keeps both: the verdicts that count, and those on twins as they came out of the run. Of a twin nothing but its
outcome gets into a verdict that counts, so nothing else of it can reach a student.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from grader.core.verdict import Outcome, Verdict, is_twin, own_name

FIXED = "right for the published seeds, not for another: is a seed, size or value fixed that should come from the arguments?"  # noqa: E501


def fold(ran: Iterable[Verdict]) -> tuple[tuple[Verdict, ...], tuple[Verdict, ...]]:
    """Of all verdicts of a run those that count, and those on twins, each in order."""
    ran = tuple(ran)
    twins = {(own_name(each.check), each.case): each for each in ran if is_twin(each.check)}
    counting = (_counting(each, twins.get((each.check, each.case))) for each in ran if not is_twin(each.check))
    return tuple(counting), tuple(twins.values())


def unfold(counting: Iterable[Verdict], twins: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The way back: all verdicts of a run as they came out of it."""
    return (*map(_as_it_came, counting), *twins)


def secret_share(counting: Iterable[Verdict]) -> str:
    """How many of the cases that count under secret seeds have passed there, such as "2 of 3"; empty without any."""
    outcomes = [each.secret for each in counting if each.secret is not None]
    return f"{outcomes.count(Outcome.PASSED)} of {len(outcomes)}" if outcomes else ""


def _counting(own: Verdict, twin: Verdict | None) -> Verdict:
    if twin is None or own.outcome is not Outcome.PASSED:
        return own
    if twin.outcome is Outcome.PASSED:
        return replace(own, secret=twin.outcome)
    said = FIXED if twin.outcome is Outcome.WRONG_ANSWER else ""
    return replace(own, outcome=twin.outcome, points=Fraction(), message=said, ours=True, secret=twin.outcome)


def _as_it_came(counting: Verdict) -> Verdict:
    """What has a twin that counts has passed itself, and then has no text but its log."""
    if counting.secret is None:
        return counting
    passed = replace(counting, outcome=Outcome.PASSED, points=counting.max_points, message="", ours=False)
    return replace(passed, secret=None)
