"""What a batch of reports says about a class: rows, columns and the few numbers worth a look."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.core.verdict import Outcome
from grader.results.by_check import CheckResult, by_check
from grader.results.report import Report, State
from grader.results.twins import secret_share

BINS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One student: the report and its check results under the class's columns, None where a check is not in it.

    `secret` says how many cases have passed with secret inputs, of those that count there; empty without any.
    """

    report: Report
    cells: tuple[CheckResult | None, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class Column:
    """One check of the class."""

    name: str
    max_points: Fraction
    hidden: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """A summary of the graded submissions' points; the others' totals mean nothing yet."""

    mean: Fraction
    median: Fraction
    lowest: Fraction
    highest: Fraction


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """A batch. `bins` count graded submissions by tenths of full marks.

    `marks` is None where nobody is graded.
    """

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    states: Mapping[State, int]
    outcomes: Mapping[Outcome, int]
    marks: Marks | None
    bins: tuple[int, ...]
    max_points: Fraction

    @property
    def has_secret(self) -> bool:
        """Whether anything was run with secret inputs."""
        return any(row.secret for row in self.rows)


def summarise(reports: Sequence[Report], earned: Mapping[str, Fraction] | None = None) -> ClassSummary:
    """The class in the order of the students' ids. Verdicts on a quarantined submission count for nothing.

    `earned` are the points for the checks by submission, where a person may have changed them.
    """
    earned = earned or {}
    ordered = sorted(reports, key=lambda report: report.submission_id)
    judged = [() if report.reason else report.verdicts for report in ordered]
    results = [{check.name: check for check in by_check(verdicts)} for verdicts in judged]
    columns: dict[str, Column] = {}
    for check in (check for checks in results for check in checks.values()):
        known = columns.get(check.name)
        if known is None or known.max_points < check.max_points:
            columns[check.name] = Column(check.name, check.max_points, check.hidden)
    full = [report.max_points for report in ordered]
    graded = [
        (earned.get(each.submission_id, each.points), most)
        for each, most in zip(ordered, full, strict=True)
        if each.state is State.GRADED
    ]
    states = Counter(report.state for report in ordered)
    found = Counter(verdict.outcome for verdicts in judged for verdict in verdicts)
    return ClassSummary(
        rows=tuple(
            Row(report, tuple(checks.get(name) for name in columns), secret_share(report.verdicts))
            for report, checks in zip(ordered, results, strict=True)
        ),
        columns=tuple(columns.values()),
        states={state: states[state] for state in State if states[state]},
        outcomes={outcome: found[outcome] for outcome in Outcome if found[outcome]},
        marks=_marks([points for points, _ in graded]),
        bins=_bins(graded),
        max_points=max(full, default=Fraction()),
    )


def seconds_by_check(reports: Sequence[Report]) -> dict[str, float]:
    """Seconds that each check took on average, all its cases together."""
    taken: dict[str, list[float]] = {}
    for report in reports:
        for check in by_check(report.verdicts):
            taken.setdefault(check.name, []).append(sum(verdict.seconds for verdict in check.verdicts))
    return {name: statistics.mean(seconds) for name, seconds in taken.items()}


def absent_modules(reports: Sequence[Report]) -> dict[str, tuple[str, ...]]:
    """Modules that students import and that are not installed here -> whose submissions: often ours to fix.

    Without a dot: a student's own file that is missing has the package's name before it.
    """
    found: dict[str, dict[str, None]] = {}
    for report in reports:
        for name in (verdict.missing_module for verdict in report.verdicts):
            if name and "." not in name:
                found.setdefault(name, {})[report.submission_id] = None
    return {name: tuple(found[name]) for name in sorted(found)}


def nothing_found(reports: Sequence[Report]) -> dict[str, str]:
    """Submissions of which every check is missing -> what was found instead: a zero that a person should look at."""
    return {
        report.submission_id: "; ".join(report.notes) or "every check is missing"
        for report in reports
        if not report.reason and report.verdicts and all(each.outcome is Outcome.MISSING for each in report.verdicts)
    }


def _marks(points: Sequence[Fraction]) -> Marks | None:
    if not points:
        return None
    return Marks(statistics.mean(points), statistics.median(points), min(points), max(points))


def _bins(graded: Sequence[tuple[Fraction, Fraction]]) -> tuple[int, ...]:
    """How many have each tenth of what they could have."""
    filled = Counter(min(BINS - 1, int(BINS * points / most)) for points, most in graded if most)
    return tuple(filled[index] for index in range(BINS))
