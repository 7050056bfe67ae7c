"""The terminal's face of a class: what a download holds, a strip of symbols for each student, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.core.text import counted, some_of
from grader.pages.class_summary import ClassSummary, absent_modules, nothing_found, seconds_by_check, summarise
from grader.pages.terminal import STATE_STYLES, STYLES, TEXT_LIMIT, shown_symbol, shown_text
from grader.results.cautions import Caution
from grader.results.gradebook import Gradebook
from grader.results.outcomes import LOOKS
from grader.results.report import Report, State, shown

if TYPE_CHECKING:
    from grader.core.submission import Submission
    from grader.submissions.intake import Plan

FILES_SHOWN = 3
SLOWEST_SHOWN = 3
IDS_SHOWN = 8
LINES_SHOWN = 3  # of one kind; more of them share a line
LIST_LIMIT = 1 << 20
SLOW = 1.0  # seconds: faster checks are not worth a line


def print_plan(console: Console, plan: Plan, *, read: Sequence[Submission] = (), short: bool = False) -> None:
    """What a download holds: the layout, and unless in `short` who submitted what.

    Where the entries have been `read`, in their order, also where in each the assignment's files were found.
    """
    groups = sum(len(entry.members) > 1 for entry in plan.entries)
    shared = f", {groups} of them shared" if groups else ""
    console.print(shown_text(console, f"{plan.layout}: {counted(len(plan.entries), 'submission')}{shared}"))
    if short:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("id", "name", "submitted", "files", *(["found in"] if read else [])):
        table.add_column(title, overflow="fold")
    for entry, found in zip_longest(plan.entries, read):
        names = [file.name or f"{file.node.name}/" for file in entry.files]
        more = f" and {len(names) - FILES_SHOWN} more" if len(names) > FILES_SHOWN else ""
        when = entry.submitted_at.isoformat(" ", "minutes") if entry.submitted_at else "late" if entry.late else ""
        cells = (entry.id, entry.name, when, ", ".join(names[:FILES_SHOWN]) + more, *([found.place] if found else []))
        table.add_row(*(shown_text(console, cell) for cell in cells))
    console.print(table)


def print_plan_problems(
    console: Console, plan: Plan, *, read: Sequence[Submission] = (), verbose: bool = False
) -> None:
    """What a person should know of a download before grading. Without `verbose` a few of each kind stand for all.

    Where the entries have been `read`, also all that reading them has shown.
    """
    reasons = {each.name: each.reason for each in plan.quarantined}
    reasons |= {each.id: each.problem for each in read if each.problem}
    _print_reasons(console, "quarantined", reasons, STATE_STYLES[State.QUARANTINED], verbose=verbose)
    absent = {each.id: ", ".join(each.missing) for each in read if each.missing}
    _print_reasons(console, "not there", absent, "yellow", verbose=verbose)
    notes = list(dict.fromkeys((*plan.oddities, *(f"{each.id}: {note}" for each in read for note in each.notes))))
    for oddity in notes if verbose else notes[:LINES_SHOWN]:
        console.print(shown_text(console, oddity, "dim"))
    if not verbose and len(notes) > LINES_SHOWN:
        more = counted(len(notes) - LINES_SHOWN, "more note")
        console.print(shown_text(console, f"and {more}; --verbose lists all", "dim"))
    print_ids(console, "not submitted", [person.id for person in plan.missing], verbose=verbose)


def print_ids(console: Console, kind: str, ids: Sequence[str], advice: str = "", *, verbose: bool = False) -> None:
    """A line for a kind of students, where there are any: how many, and the first of them, or all if `verbose`."""
    if ids:
        named = some_of(ids, len(ids) if verbose else IDS_SHOWN)
        console.print(shown_text(console, f"{kind} ({len(ids)}): {named}{advice}", "yellow", limit=LIST_LIMIT))


def print_cautions(console: Console, cautions: Sequence[Caution], *, verbose: bool = False) -> None:
    """A line for each caution."""
    for each in cautions:
        said = each.sentence(None if verbose else IDS_SHOWN)
        console.print(shown_text(console, said, "yellow", limit=LIST_LIMIT))


def print_earlier(console: Console, kept: Sequence[str], replaced: Sequence[str], *, verbose: bool = False) -> None:
    """What becomes of the submissions of earlier downloads."""
    if kept:
        console.print(shown_text(console, f"{len(kept)} of earlier downloads kept; --drop leaves them out", "dim"))
    if replaced:
        ids = some_of(replaced, len(replaced) if verbose else IDS_SHOWN)
        told = f"{len(replaced)} of earlier downloads replaced: {ids}"
        console.print(shown_text(console, told, "yellow", limit=LIST_LIMIT))


def print_outdated(console: Console, causes: Mapping[str, int]) -> None:
    """That verdicts of earlier reports are not kept, and why, with the number of reports."""
    for cause, reports in causes.items():
        told = f"{counted(reports, 'report')} made {cause}: what that concerns runs again"
        console.print(shown_text(console, told, "yellow"))


def print_class(console: Console, reports: Sequence[Report], book: Gradebook) -> None:
    """The class at the end of a batch, and its slowest checks."""
    print_gradebook(console, reports, book)
    slowest = sorted(seconds_by_check(reports).items(), key=lambda each: -each[1])[:SLOWEST_SHOWN]
    if slowest and slowest[0][1] >= SLOW:
        told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in slowest)
        console.print(shown_text(console, f"Slowest checks, on average: {told}", "dim"))


def print_class_problems(
    console: Console, reports: Sequence[Report], book: Gradebook, *, verbose: bool = False
) -> None:
    """What a person must look at after a batch. Without `verbose` a few of each kind stand for all."""
    absent = {
        name: f"{counted(len(students), 'student')}: {some_of(students, len(students) if verbose else IDS_SHOWN)}"
        for name, students in absent_modules(reports).items()
    }
    _print_reasons(console, "not installed here", absent, "yellow", verbose=verbose, limit=LIST_LIMIT)
    reasons = {each.submission_id: each.reason for each in reports if each.state is State.QUARANTINED}
    _print_reasons(console, "quarantined", reasons, "yellow", verbose=verbose)
    failed = "the grader itself failed on it; grade again"
    unfinished = {each.submission_id: failed for each in reports if each.state is State.UNFINISHED}
    _print_reasons(console, "UNFINISHED", unfinished, STATE_STYLES[State.UNFINISHED], verbose=verbose)
    kind = "check before you publish this zero"
    _print_reasons(console, kind, nothing_found(reports), "yellow", verbose=verbose)
    for state, kind, advice in (
        (State.NOT_GRADED_YET, "not graded yet", "; run `grader grade` again"),
        (State.NOT_HANDED_IN, "not submitted", ""),
    ):
        print_ids(console, kind, [row.id for row in book.rows if row.state is state], advice, verbose=verbose)
    print_cautions(console, book.warnings, verbose=verbose)


def print_gradebook(console: Console, reports: Sequence[Report], book: Gradebook | None = None) -> None:
    """The class: id, state, points and one symbol per check for every student, with a legend.

    Names stand beside the ids where the `book` has any. Where lateness or written answers count, its total stands
    beside the points of the checks.
    """
    rows = book.rows if book and any(row.is_more_than_checks for row in book.rows) else ()
    totals = {row.submission: row.points for row in rows}
    names = book.names if book else {}
    earned = book.from_checks if book else {}
    summary = summarise(reports, earned)
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
        looks = (cell.look if cell else None for cell in row.cells)
        for look, alike in groupby(looks):  # a style costs more than its letters
            symbol = shown_symbol(look, ascii_only) if look else " "
            strip.append(symbol * len([*alike]), STYLES[look.tone] if look else "")
        state = Text(row.report.state.lower(), STATE_STYLES[row.report.state])
        id = row.report.submission_id
        points = Text(shown(earned.get(id, row.report.points)) if row.report.state is State.GRADED else "")
        total = totals.get(id)
        both = [Text("" if total is None else shown(total)), points] if totals else [points]
        who = [shown_text(console, each) for each in ([id, names.get(id, "")] if names else [id])]
        table.add_row(*who, state, *both, strip)
    console.print(table)
    _print_legend(console, summary, "Graded, points for the checks" if totals else "Graded")


def _print_reasons(
    console: Console, kind: str, reasons: Mapping[str, str], style: str, *, verbose: bool, limit: int = TEXT_LIMIT
) -> None:
    """Of each by name what there is to tell: a line for each, or one for all where they are many."""
    if verbose or len(reasons) <= LINES_SHOWN:
        lines = [f"{kind}: {name}: {reason}" for name, reason in reasons.items()]
    else:
        lines = [f"{kind} ({len(reasons)}): {some_of([*reasons], IDS_SHOWN)}; --verbose tells more"]
    for line in lines:
        console.print(shown_text(console, line, style, limit=limit))


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
