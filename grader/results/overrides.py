"""Other points for a check, which a person gives with a reason: whose they are, and what comes of them.

They belong to what was judged. When the submission or the check changes, they have no effect until a person has looked
again: given them anew, or taken them back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import visible
from grader.files.tables import number
from grader.results.acts import Override
from grader.results.decisions import Decisions, add_decisions, read_decisions, require_marker, time_after
from grader.results.lock import deciding
from grader.results.marks import Graded, Judged, Mark
from grader.results.report import shown


def overridden(id: str, graded: Graded, decisions: Decisions) -> Mapping[str, Mark]:
    """The marks of a submission's checks for one of its students: one's own overrides count before the shared ones."""
    if not decisions.overrides:
        return graded.checks
    return {
        name: _mark(mark, graded.judged(name), [decisions.overrides.get((who, name), ())
                                                    for who in dict.fromkeys((id, graded.submission))])
        for name, mark in graded.checks.items()
    }  # fmt: skip


def standing(overrides: Sequence[Override]) -> tuple[Override, ...]:
    """Those that nothing has replaced or taken back, in order of time: the last about each that was judged."""
    last = {each.judged: each for each in overrides}
    return tuple(each for each in overrides if last[each.judged] is each and each.points is not None)


def override(
    results: Path, graded: Graded, id: str, check: str, points: str, *, reason: str, marker: str
) -> tuple[Override, ...]:
    """Store the `points` that were typed for a check of a submission, under its id or a member's.

    Returns what they replace. Raises `UsageError` where there is no final verdict, no reason, or no number from 0 to
    the maximum.
    """
    if graded.checks and check not in graded.checks:
        raise UsageError(f"{id} has no check {check}; use {' or '.join(graded.checks)}")
    judged = graded.judged(check)
    if judged is None:
        raise UsageError(f"{id} has no final verdict on {check} ({graded.state}); grade it first")
    given, most = number(points), graded.checks[check].max_points
    if given is None or not 0 <= given <= most:
        raise UsageError(f"{points!a} is not a number of points for {check}; write 0 to {shown(most)}, such as 1.5")
    why = _said(reason)
    require_marker(marker)
    with deciding(results):
        before = read_decisions(results)
        replaced = [each for each in standing(before.overrides.get((id, check), ())) if each.judged == judged]
        new = Override(id, check, given, why, judged.files, judged.version, marker, time_after(before))
        add_decisions(results, marker, [new])
    return tuple(replaced)


def withdraw(results: Path, id: str, check: str, *, reason: str, marker: str) -> tuple[Override, ...]:
    """Take back all points that people gave for a check under this id, and return those. Raises `UsageError`."""
    require_marker(marker)
    with deciding(results):
        before = read_decisions(results)
        found = standing(before.overrides.get((id, check), ()))
        if not found:
            there = ", ".join(" ".join(key) for key, those in sorted(before.overrides.items()) if standing(those))
            raise UsageError(
                f"{id} {check}: nobody has changed these points; changed are those of {there or 'no check'}"
            )
        now, why = time_after(before), _said(reason)
        new = [replace(each, points=None, reason=why, marker=marker, at=now) for each in found]
        add_decisions(results, marker, new)
    return found


def _mark(mark: Mark, judged: Judged | None, overrides: Sequence[Sequence[Override]]) -> Mark:
    """The mark that comes of the overrides, those that count first before the others."""
    if not any(overrides):
        return mark
    found = [standing(those) for those in overrides]
    latest = next((each for those in found for each in those if each.judged == judged), None)
    if latest and latest.points is not None and latest.points <= mark.max_points:
        return replace(mark, points=latest.points, comment=latest.reason, marker=latest.marker, judged=mark.points)
    lapsed = latest or next((those[-1] for those in found if those), None)
    if not lapsed:
        return mark
    return replace(mark, comment=lapsed.reason, marker=lapsed.marker, again=_changed(lapsed, judged))


def _changed(override: Override, judged: Judged | None) -> str:
    if judged is None or override.files != judged.files:
        return "the submission has changed"
    return "the check has changed" if override.version != judged.version else "more than the maximum"


def _said(reason: str) -> str:
    if not reason.strip():
        raise UsageError("--reason: say why; the student reads it, too")
    return visible(" ".join(reason.split()))
