"""What a student may see of a report."""

from __future__ import annotations

from dataclasses import replace

from grader.core.verdict import Verdict, is_twin
from grader.results.report import Report

UNSAID = "look at it in your own files"
QUARANTINE_MESSAGE = "it was not clear whose it is, or it was not safe to open"


def for_student(report: Report, *, student_text: bool = True) -> Report:
    """The report with hidden verdicts reduced to name, outcome and points, and without anything on secret twins.

    Their texts are gone rather than passed over, so that no template or table can show them by mistake. Case ids often
    name the parameters that are tested, so they become numbers. Without `student_text` the report has nothing of the
    student's writing either; a written answer is then empty.
    """
    if not student_text:
        report = _without_student_text(report)
    verdicts = []
    seen: dict[str, int] = {}
    for verdict in report.verdicts:
        if verdict.hidden:
            seen[verdict.check] = number = seen.get(verdict.check, 0) + 1
            case = None if verdict.case is None else str(number)
            kept = {name: getattr(verdict, name) for name in ("check", "outcome", "points", "max_points", "hidden")}
            verdict = Verdict(**kept, case=case, claim="", seconds=0.0)
        verdicts.append(replace(verdict, secret=None))
    keys = {name: key for name, key in report.keys.items() if not is_twin(name)}
    return replace(report, verdicts=tuple(verdicts), twins=(), keys=keys)


def _without_student_text(report: Report) -> Report:
    """Outcomes, points, and the sentences that the trusted side made without any text of the student's in them.

    Of what a verdict and an answer have, what is kept is listed: whatever they come to have later is not shown.
    """
    return replace(
        report,
        verdicts=tuple(map(_in_our_words, report.verdicts)),
        answers=tuple(replace(each, text=each.text and "", problem=each.problem and UNSAID) for each in report.answers),
        notes=(),
        reason=report.reason and QUARANTINE_MESSAGE,
    )


def _in_our_words(verdict: Verdict) -> Verdict:
    kept = ("check", "case", "claim", "outcome", "points", "max_points", "hidden")
    said = ("message", "next_step", "ours") if verdict.ours else ()
    return Verdict(**{name: getattr(verdict, name) for name in (*kept, *said)}, seconds=0.0)
