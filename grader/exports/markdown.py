"""A student's report as Markdown: for a mail, or the summary of a job.

Whatever anybody may have written stands in a fence, where nothing is a link, a picture, a mention or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.core.text import visible
from grader.results.by_check import CheckResult, Finding, by_check
from grader.results.outcomes import LOOKS
from grader.results.redaction import for_student
from grader.results.report import Report, State, shown
from grader.results.row import Row

MESSAGE_LIMIT = 2000
STATES = {
    State.QUARANTINED: "Set aside until the course staff have looked at it. It has no points yet.",
    State.UNFINISHED: "Not final: the grader failed on some checks. That is our fault; they will be graded again.",
}


def markdown(report: Report, rows: Sequence[Row] = (), *, student_text: bool = True) -> bytes:
    """What the student may see: the points, a table of the checks, and what to do about those that did not pass.

    `rows` are those of the gradebook that come of this report: one, or one for each member of a group.
    """
    report = for_student(report, student_text=student_text)
    return "\n".join(_lines(report, rows)).encode() + b"\n"


def _lines(report: Report, rows: Sequence[Row]) -> Iterator[str]:
    yield f"# {_inline(report.title)}: {_inline(report.submission_id)}"
    yield ""
    if report.state in STATES:
        yield STATES[report.state]
        yield from _fenced(report.reason)
    if report.state is not State.QUARANTINED:
        yield f"**{shown(report.points)} of {shown(report.max_points)}** points for the checks"
        for row in rows:
            if row.is_more_than_checks and row.points is not None:
                yield f"\n{_inline(row.id)}: **{shown(row.points)} of {shown(row.max_points)}** points in all"
        checks = by_check(report.verdicts)
        yield from ("", "| | check | outcome | points |", "|---|---|---|---:|")
        yield from map(_row, checks)
        for check in checks:
            for finding in check.findings:
                yield from _explained(finding)


def _row(check: CheckResult) -> str:
    cases = f", {check.passed} of {len(check.verdicts)} cases" if check.partly else ""
    points = f"{shown(check.points)} of {shown(check.max_points)}"
    hidden = " (hidden)" if check.hidden else ""
    return f"| {check.look.symbol} | {_inline(check.name)}{hidden} | {check.look.word}{cases} | {points} |"


def _explained(finding: Finding) -> Iterator[str]:
    first = finding.first
    text = [first.message, f"Next: {first.next_step}" if first.next_step else "", *first.evidence]
    if any(text):
        yield f"\n## {finding.look.symbol} {_inline(finding.name)}: {LOOKS[first.outcome].word}"
        yield from _fenced("\n".join(filter(None, text)))


def _fenced(text: str) -> Iterator[str]:
    if text:
        text = visible(text, MESSAGE_LIMIT)
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        yield from ("", f"{fence}text", text, fence)


def _inline(text: str) -> str:
    """A name as code, on one line and without what would end a cell of a table or the code."""
    return f"`{' '.join(visible(text, 200).translate({ord('`'): chr(39), ord('|'): '/'}).split()) or ' '}`"
