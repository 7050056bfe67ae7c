"""What a student may see of a report."""

from __future__ import annotations

from dataclasses import replace

from grader.core.verdict import Verdict
from grader.results.report import Report


def for_student(report: Report) -> Report:
    """The report with hidden verdicts reduced to name, outcome and points.

    Their texts are gone rather than passed over, so that no template or table can show them by mistake. Case ids often
    name the parameters that are tested, so they become numbers.
    """
    verdicts = []
    seen: dict[str, int] = {}
    for verdict in report.verdicts:
        if verdict.hidden:
            seen[verdict.check] = number = seen.get(verdict.check, 0) + 1
            case = None if verdict.case is None else str(number)
            kept = {name: getattr(verdict, name) for name in ("check", "outcome", "points", "max_points", "hidden")}
            verdict = Verdict(**kept, case=case, claim="", seconds=0.0)
        verdicts.append(verdict)
    return replace(report, verdicts=tuple(verdicts))
