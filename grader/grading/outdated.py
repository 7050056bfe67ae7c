"""Why verdicts of earlier runs do not stand, counted before anything runs again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from grader.grading.environment import is_there_now
from grader.grading.session import Session
from grader.results.report import Report

CAUSES = {
    "grader": "by another version of grader",
    "judging": "by other code of grader's",
    "torch": "with another version of torch",
    "packages": "with other installed packages",
    "level": "at another sandbox level",
    "device": "on another device",
}


def outdated(session: Session, reports: Iterable[Report]) -> dict[str, int]:
    """By what is said of a report that was made in another environment than the session's, how many reports there are.

    Of what is quarantined nothing depends on it.
    """
    now = {**session.context.provenance, "level": session.sandbox.level, "device": session.sandbox.device}
    found: Counter[str] = Counter()
    for report in reports:
        then = {**report.provenance, "level": report.level, "device": report.device}
        found.update(cause for name, cause in CAUSES.items() if report.verdicts and then.get(name) != now[name])
        missing = {verdict.missing_module for verdict in report.ran}
        found.update(f"without {module}, which is installed now" for module in missing if is_there_now(module))
    return dict(found)
