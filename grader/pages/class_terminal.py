"""The terminal's face of a class: what a download holds, a strip of symbols for each student, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.core.text import counted
from grader.pages.class_summary import ClassSummary, absent_modules, nothing_found, slowest_checks, summarise
from grader.pages.terminal import STATE_STYLES, STYLES, shown_symbol, shown_text
from grader.results.gradebook import Gradebook
from grader.results.outcomes import LOOKS
from grader.results.report import Report, State, shown

if TYPE_CHECKING:
    from grader.submissions.intake import Plan

FILES_SHOWN = 3
SLOWEST_SHOWN = 3
YET_SHOWN = 8
SLOW = 1.0  # seconds: faster checks are not worth a line


def print_plan(console: Console, plan: Plan, *, short: bool = False) -> None:
    """What a download holds: the layout, who submitted what, and all that a person should know before grading."""
    groups = sum(len(entry.members) > 1 for entry in plan.entries)
    shared = f", {groups} of them shared" if groups else ""
    console.print(shown_text(console, f"{plan.layout}: {counted(len(plan.entries), 'submission')}{shared}"))
    if not short:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for title in ("id", "name", "submitted", "files"):
            table.add_column(title, overflow="fold")
        for entry in plan.entries:
            names = [file.name or f"{file.node.name}/" for file in entry.files]
            more = f" and {len(names) - FILES_SHOWN} more" if len(names) > FILES_SHOWN else ""
            when = entry.submitted_at.isoformat(" ", "minutes") if entry.submitted_at else "late" if entry.late else ""
            cells = (entry.id, entry.name, when, ", ".join(names[:FILES_SHOWN]) + more)
            table.add_row(*(shown_text(console, cell) for cell in cells))
        console.print(table)
    for each in plan.quarantined:
        console.print(shown_text(console, f"quarantined: {each.name}: {each.reason}", STATE_STYLES[State.QUARANTINED]))
    for oddity in plan.oddities:
        console.print(shown_text(console, oddity, "dim"))
    if plan.missing:
        ids = ", ".join(person.id for person in plan.missing)
        console.print(shown_text(console, f"not submitted ({len(plan.missing)}): {ids}", "yellow"))


def print_class(console: Console, reports: Sequence[Report], book: Gradebook) -> None:
    """The end of a batch: the class, the slowest checks, what is not installed here, and what a person must look at."""
    print_gradebook(console, reports, book)
    slowest = sorted(slowest_checks(reports).items(), key=lambda each: -each[1])[:SLOWEST_SHOWN]
    if slowest and slowest[0][1] >= SLOW:
        told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in slowest)
        console.print(shown_text(console, f"Slowest checks, on average: {told}", "dim"))
    for name, students in absent_modules(reports).items():
        many = counted(len(students), "student")
        console.print(shown_text(console, f"not installed here: {name} ({many}: {', '.join(students[:5])})", "yellow"))
    for report in reports:
        if report.state is State.QUARANTINED:
            console.print(shown_text(console, f"quarantined: {report.submission_id}: {report.reason}", "yellow"))
        if report.state is State.UNFINISHED:
            said = f"UNFINISHED: {report.submission_id}: the grader itself failed on it; grade again"
            console.print(shown_text(console, said, STATE_STYLES[report.state]))
    for submission, found in nothing_found(reports).items():
        console.print(shown_text(console, f"check before you publish this zero: {submission}: {found}", "yellow"))
    yet = [row.id for row in book.rows if row.state is State.NOT_GRADED_YET]
    if yet:
        more = f" and {len(yet) - YET_SHOWN} more" if len(yet) > YET_SHOWN else ""
        told = f"not graded yet ({len(yet)}): {', '.join(yet[:YET_SHOWN])}{more}; run `grader grade` again"
        console.print(shown_text(console, told, "yellow"))
    missing = [row.id for row in book.rows if row.state is State.NOT_HANDED_IN]
    if missing:
        console.print(shown_text(console, f"not submitted ({len(missing)}): {', '.join(missing)}", "yellow"))
    for warning in book.warnings:
        console.print(shown_text(console, warning, "yellow"))


def print_gradebook(console: Console, reports: Sequence[Report], book: Gradebook | None = None) -> None:
    """The class: id, state, points and one symbol per check for every student, with a legend.

    Names stand beside the ids where the `book` has any. Where lateness or written answers count, its total stands
    beside the points of the checks.
    """
    rows = book.rows if book and any(row.is_more_than_checks for row in book.rows) else ()
    totals = {row.submission: row.points for row in rows}
    names = book.names if book else {}
    summary = summarise(reports)
    ascii_only = console.options.ascii_only
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("student", "name") if names else ("student",):
        table.add_column(title, overflow="fold")
    table.add_column("state", no_wrap=True)
    if totals:
        table.add_column("total", justify="right", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("checks", overflow="fold")
    for row in summary.rows:
        strip = Text()
        for cell in row.cells:
            strip.append(shown_symbol(cell.look, ascii_only) if cell else " ", STYLES[cell.look.tone] if cell else "")
        state = Text(row.report.state.lower(), STATE_STYLES[row.report.state])
        points = Text(shown(row.report.points) if row.report.state is State.GRADED else "")
        total = totals.get(row.report.submission_id)
        both = [Text("" if total is None else shown(total)), points] if totals else [points]
        id = row.report.submission_id
        who = [shown_text(console, each) for each in ([id, names.get(id, "")] if names else [id])]
        table.add_row(*who, state, *both, strip)
    console.print(table)
    _print_legend(console, summary, "Graded, points for the checks" if totals else "Graded")


def _print_legend(console: Console, summary: ClassSummary, what: str) -> None:
    looks = [LOOKS[outcome] for outcome in summary.outcomes]
    ascii_only = console.options.ascii_only
    legend = [Text(f"{shown_symbol(look, ascii_only)} {look.word}", STYLES[look.tone]) for look in looks]
    console.print(Columns(legend, padding=(0, 2)))
    if summary.columns:
        console.print(
            shown_text(console, f"Checks in order: {', '.join(column.name for column in summary.columns)}", "dim")
        )
    if marks := summary.marks:
        console.print(
            f"{what}: mean {shown(marks.mean)}, median {shown(marks.median)}, from {shown(marks.lowest)} to "
            f"{shown(marks.highest)} of {shown(summary.max_points)} points"
        )
