"""What becomes of grades: points by hand go in, and everything goes back to where the course is run."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.options import AssignmentArgument, out
from grader.errors import UsageError
from grader.limits import Level
from grader.plain_text import counted

if TYPE_CHECKING:
    from grader.exports.filling import Filled


class Platform(StrEnum):
    """Where grades go."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    CSV = "csv"
    JSON = "json"


class Host(StrEnum):
    """Where a bundle grades."""

    GRADESCOPE = "gradescope"
    GITHUB = "github"


ResultsArgument = Annotated[Path, typer.Argument(help="The folder that `grader grade` wrote.")]
TargetOption = Annotated[Path, typer.Option("--out", help="The file to write.")]

manual = typer.Typer(help="Points that people give for written answers.", no_args_is_help=True)


@manual.command("export")
def manual_export(results: ResultsArgument, target: TargetOption = Path("manual.csv")) -> None:
    """Write a sheet to be filled in: a row for each submission and written question, with the rubric."""
    from grader.manual import read_stored, sheet
    from grader.report import write_whole
    from grader.results import read_class, reports

    if target.exists():
        raise UsageError(f"{target}: is there and may hold points; import or move it first, or name another --out")
    write_whole(target, sheet(reports(results, read_class(results)), read_stored(results)))
    out.print(f"wrote {target}: fill in `points`, then `grader manual import {results} {target}`", markup=False)


@manual.command("import")
def manual_import(
    results: ResultsArgument, filled: Annotated[Path, typer.Argument(help="The sheet, filled in.")]
) -> None:
    """Take in the points of a filled sheet, and work the gradebook and all pages out anew."""
    from grader.manual import import_scores
    from grader.pages import settle_with_pages

    scores = import_scores(filled, _asked(results), results)
    book = settle_with_pages(results)
    waiting = sum(bool(row.unscored) for row in book.rows)
    later = f"; {waiting} {'waits' if waiting == 1 else 'wait'} for points still" if waiting else ""
    out.print(f"{counted(len(scores), 'score')}, {counted(len(book.rows), 'student')}{later}", markup=False)
    for warning in book.warnings:
        out.print(warning, style="yellow", markup=False)


def export(
    results: ResultsArgument,
    to: Annotated[Platform, typer.Option("--to", help="Where the grades go.")],
    target: Annotated[Path, typer.Option("--out", help="The file to write; for gradescope a folder.")],
    fill: Annotated[Path | None, typer.Option(help="The file that Canvas or Moodle gave to download.")] = None,
    column: Annotated[str | None, typer.Option(help="The column to fill, where it is not plain.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column of ids, where it is not plain.")] = None,
    comments: Annotated[bool, typer.Option("--comments", help="Moodle: fill in a comment too.")] = False,
    feedback: Annotated[Path | None, typer.Option(help="Moodle: also write the reports into this zip.")] = None,
    before_4_1: Annotated[bool, typer.Option("--before-4-1", help="Moodle: folders as before version 4.1.")] = False,
) -> None:
    """Bring the grades where the course is run: fill the file that was downloaded there, or write one."""
    from grader.exports.canvas import fill_canvas
    from grader.exports.moodle import Names, fill_moodle, write_feedback
    from grader.gradebook import as_csv, read_gradebook, to_json
    from grader.report import write_whole

    book = read_gradebook(results)
    if to in (Platform.CSV, Platform.JSON):
        write_whole(target, as_csv(book) if to is Platform.CSV else to_json(book))
        out.print(f"wrote {target}", markup=False)
    elif to is Platform.GRADESCOPE:
        _to_gradescope(results, target)
    else:
        if fill is None:
            raise UsageError(f"--to {to}: name the file that was downloaded there with --fill; it is filled, not made")
        if target.exists() and target.samefile(fill):
            raise UsageError(f"{target}: is the file that was downloaded; keep it, and name another with --out")
        names = Names(grade=column, id=id_column)
        filled = (
            fill_canvas(book, fill, column=column, id_column=id_column)
            if to is Platform.CANVAS
            else fill_moodle(book, fill, names=names, comments=comments)
        )
        write_whole(target, filled.content)
        _tell(filled, target)
        if feedback:
            there = write_feedback(book, fill, results, feedback, names=names, older=before_4_1)
            out.print(f"wrote {feedback}: reports of {counted(len(there), 'student')}", markup=False)


def bundle(
    host: Annotated[Host, typer.Argument(help="Where it is to grade.")],
    assignment: AssignmentArgument,
    target: Annotated[Path, typer.Option("--out", help="The zip to write; for github the repository to start from.")],
    sandbox: Annotated[Level, typer.Option(help="The least that Gradescope's container must give.")] = Level.RESTRICTED,
) -> None:
    """Pack an assignment to be graded elsewhere: an autograder for Gradescope, a workflow for GitHub Classroom."""
    from grader.bundle import bundle_github, bundle_gradescope
    from grader.manifest import find_assignment

    folder = find_assignment(assignment)
    if host is Host.GITHUB:
        for path in bundle_github(folder, target):
            out.print(f"wrote {path}", markup=False)
        return
    names = bundle_gradescope(folder, target, lowest=sandbox)
    out.print(f"wrote {target}: {len(names)} files, with the hidden checks; it is for staff only", markup=False)


def _asked(results: Path) -> dict[str, dict[str, Fraction]]:
    """What each question can earn, by every id that may be scored."""
    from grader.results import read_class, reports

    asked: dict[str, dict[str, Fraction]] = {}
    for report in reports(results, read_class(results)):
        most = {answer.id: Fraction(sum(points for points, _ in answer.rubric)) for answer in report.answers}
        asked |= dict.fromkeys((report.submission, *report.members), most)
    return asked


def _to_gradescope(results: Path, target: Path) -> None:
    """One `results.json` for each submission: Gradescope takes no upload of grades, its autograder reads these."""
    from grader.exports.gradescope import results_json
    from grader.gradebook import read_gradebook
    from grader.report import write_whole
    from grader.results import folder_of, read_class, reports

    rows = {row.submission: row for row in read_gradebook(results).rows}
    written = 0
    for report in reports(results, read_class(results)):
        if row := rows.get(report.submission):
            # A name in a download may be a path; that of the student's folder is not.
            write_whole(target / folder_of(results, report.submission).name / "results.json", results_json(report, row))
            written += 1
    out.print(f"wrote {target}: {written} results.json", markup=False)


def _tell(filled: Filled, target: Path) -> None:
    out.print(f"wrote {target}: {counted(len(filled.filled), 'student')} filled in", markup=False)
    for words, ids in (
        ("had other points before", filled.changed),
        ("without points, so left as they were", filled.without_points),
        ("say what points must not replace", filled.kept),
        ("in the results, not in the file", filled.not_in_file),
        ("in the file, not in the results", filled.not_in_results),
    ):
        if ids:
            out.print(f"{words}: {', '.join(ids)}", markup=False)
    for warning in filled.warnings:
        out.print(warning, style="yellow", markup=False)
