"""`grader manual`: points given by hand for written answers, and in the place of what a check gave."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.consoles import JsonOption, QuietOption, VerboseOption, notice, print_json, speak
from grader.cli.options import AnywayOption, MarkerOption, ResultsArgument, TargetOption, login_name, sole_writer
from grader.core.errors import UsageError
from grader.core.text import counted

manual = typer.Typer(help="Points given by hand, for written answers and for checks.", no_args_is_help=True)


@manual.command("export")
def manual_export(
    results: ResultsArgument,
    target: TargetOption = Path("manual.csv"),
    anyway: AnywayOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a sheet to fill in: a row for each submission and written question, with the rubric."""
    from grader.files.atomic import write_whole
    from grader.results.decisions import read_decisions
    from grader.results.folder import read_class, reports
    from grader.results.manual import sheet
    from grader.results.one_version import book_in_order

    speak(quiet=quiet, as_json=as_json)
    book_in_order(results, anyway=anyway)
    if target.exists():
        raise UsageError(
            f"{target}: already exists and may hold points; import or move it first, or name another --out"
        )
    write_whole(target, sheet(reports(results, read_class(results)), read_decisions(results)))
    notice.print(f"wrote {target}: fill in `points`, then `grader manual import {results} {target}`", markup=False)
    if as_json:
        print_json({"wrote": [str(target)]})


@manual.command("import")
def manual_import(
    results: ResultsArgument,
    filled: Annotated[Path, typer.Argument(help="The filled-in sheet.")],
    marker: MarkerOption = None,
    anyway: AnywayOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Import the points of a filled-in sheet, and update the gradebook and all pages."""
    from grader.pages.class_terminal import print_cautions
    from grader.pages.write import settle_with_pages
    from grader.results.folder import read_class, reports
    from grader.results.history import add_run, read_runs
    from grader.results.manual import asked, import_sheet
    from grader.results.one_version import book_in_order

    speak(quiet=quiet, as_json=as_json)
    graded = read_class(results)  # before a lock is made in a folder that has no results
    with sole_writer(results):
        runs = read_runs(results)  # where they cannot be read, that is told before anything is stored
        book_in_order(results, anyway=anyway)
        new = import_sheet(filled, asked(reports(results, graded)), results, marker or login_name())
        book, short = settle_with_pages(results, anyway=anyway)
        if new:
            add_run(results, runs, "manual import", book, short)
    waiting = [row.id for row in book.rows if row.unscored]
    later = f"; {len(waiting)} still {'waits' if len(waiting) == 1 else 'wait'} for points" if waiting else ""
    notice.print(f"{counted(len(new), 'new score')}, {counted(len(book.rows), 'student')}{later}", markup=False)
    print_cautions(notice, book.warnings, verbose=verbose)
    if as_json:
        cautions = [asdict(each) for each in book.warnings]
        print_json({"new_scores": len(new), "students": len(book.rows), "waiting": waiting, "warnings": cautions})


@manual.command("override")
def manual_override(
    results: ResultsArgument,
    id: Annotated[str, typer.Argument(help="A submission's id, or that of one member of a group.")],
    check: Annotated[str, typer.Argument(help="The check whose points you change.")],
    points: Annotated[str | None, typer.Argument(help="The points that count instead.", show_default=False)] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; the student reads it, too.")] = "",
    take_back: Annotated[bool, typer.Option("--withdraw", help="Let what the check gave count again.")] = False,
    marker: MarkerOption = None,
    anyway: AnywayOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Change the points of a check for one submission, and update the gradebook and all pages."""
    from grader.pages.class_terminal import print_cautions
    from grader.pages.write import settle_with_pages
    from grader.results.folder import read_class, reports
    from grader.results.history import add_run, read_runs
    from grader.results.manual import asked, find_submission
    from grader.results.one_version import book_in_order
    from grader.results.overrides import override, withdraw
    from grader.results.report import shown

    if take_back is (points is not None):
        raise UsageError("manual override: give either the points that count instead, or --withdraw")
    speak(quiet=quiet, as_json=False)
    graded, who = read_class(results), marker or login_name()
    with sole_writer(results):
        runs = read_runs(results)  # where they cannot be read, that is told before anything is stored
        book_in_order(results, anyway=anyway)
        if points is None:
            before = withdraw(results, id, check, reason=reason, marker=who)
        else:
            submission = find_submission(id, asked(reports(results, graded)))
            before = override(results, submission, id, check, points, reason=reason, marker=who)
        book, short = settle_with_pages(results, anyway=anyway)
        add_run(results, runs, "manual override", book, short)
    for each in before:
        was = shown(each.points or Fraction())
        notice.print(f"no longer {was} by {each.marker}: {each.reason}", style="yellow", markup=False)
    for row in book.rows:
        if id in (row.id, row.submission):
            total = "none" if row.points is None else f"{shown(row.points)} of {shown(row.max_points)}"
            notice.print(f"{row.id}: total {'; '.join([total, *row.remarks])}", markup=False)
    print_cautions(notice, book.warnings, verbose=verbose)
