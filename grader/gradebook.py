"""The gradebook: the table of a batch's reports. Derived, never edited."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction

from grader.report import Report, State, shown

FIXED = ("id", "state", "points", "max_points", "level", "device", "note")


def to_csv(reports: Sequence[Report]) -> str:
    """`grades.csv`: one row per submission in order of id, one column per check.

    Points stand only where the report is GRADED: an unfinished or quarantined one is not a zero.
    """
    checks = list(dict.fromkeys(verdict.check for report in reports for verdict in report.verdicts))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*FIXED, *checks])
    for report in sorted(reports, key=lambda report: report.submission):
        writer.writerow([_cell(value) for value in _row(report, checks)])
    return text.getvalue()


def _row(report: Report, checks: Sequence[str]) -> list[str]:
    graded = report.state is State.GRADED
    points = {name: sum((each.points for each in report.verdicts if each.check == name), Fraction())
              for name in checks}  # fmt: skip
    ran = {verdict.check for verdict in report.verdicts}
    return [
        report.submission,
        report.state,
        shown(report.points) if graded else "",
        shown(report.max_points) if report.verdicts else "",
        report.level,
        report.device,
        "; ".join([*([report.reason] if report.reason else []), *report.notes]),
        *(shown(points[name]) if graded and name in ran else "" for name in checks),
    ]


def _cell(value: str) -> str:
    """A spreadsheet takes text that begins like a formula for one; an apostrophe says it is text."""
    flat = " ".join(value.split())
    return f"'{flat}" if flat.startswith(("=", "+", "-", "@")) else flat
