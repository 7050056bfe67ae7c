"""`grader export`: grades go back to the course platform."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.options import ResultsArgument, out
from grader.core.errors import UsageError
from grader.core.text import counted

if TYPE_CHECKING:
    from grader.exports.filling import Filled


class Platform(StrEnum):
    """Where grades go."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    CSV = "csv"
    JSON = "json"


def export(
    results: ResultsArgument,
    to: Annotated[Platform, typer.Option("--to", help="Where the grades go.")],
    target: Annotated[Path, typer.Option("--out", help="The file to write; for gradescope a folder.")],
    fill: Annotated[Path | None, typer.Option(help="The file downloaded from Canvas or Moodle.")] = None,
    column: Annotated[str | None, typer.Option(help="The column to fill, if it is not obvious.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column of ids, if it is not obvious.")] = None,
    comments: Annotated[bool, typer.Option("--comments", help="Moodle: fill in a comment too.")] = False,
    feedback: Annotated[Path | None, typer.Option(help="Moodle: also write the reports into this zip.")] = None,
    before_4_1: Annotated[bool, typer.Option("--before-4-1", help="Moodle: folders as before version 4.1.")] = False,
) -> None:
    """Send the grades back to the course platform: fill in the file downloaded there, or write one."""
    from grader.exports.canvas import fill_canvas
    from grader.exports.moodle import Names, fill_moodle, write_feedback
    from grader.files.atomic import write_whole
    from grader.results.gradebook import as_csv, read_gradebook, to_json

    book = read_gradebook(results)
    if to in (Platform.CSV, Platform.JSON):
        write_whole(target, as_csv(book) if to is Platform.CSV else to_json(book))
        out.print(f"wrote {target}", markup=False)
    elif to is Platform.GRADESCOPE:
        _to_gradescope(results, target)
    else:
        if fill is None:
            raise UsageError(f"--to {to}: name the file downloaded there with --fill; it is filled in, not created")
        if target.exists() and target.samefile(fill):
            raise UsageError(f"{target}: is the downloaded file; keep it, and name another with --out")
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
            out.print(f"wrote {feedback}: reports for {counted(len(there), 'student')}", markup=False)


def _to_gradescope(results: Path, target: Path) -> None:
    """One `results.json` for each submission: Gradescope takes no upload of grades, its autograder reads these."""
    from grader.exports.gradescope import results_json
    from grader.files.atomic import write_whole
    from grader.results.folder import folder_of, read_class, reports
    from grader.results.gradebook import read_gradebook

    rows = {row.submission: row for row in read_gradebook(results).rows}
    written = 0
    for report in reports(results, read_class(results)):
        if row := rows.get(report.submission_id):
            # A name in a download may be a path; that of the student's folder is not.
            write_whole(
                target / folder_of(results, report.submission_id).name / "results.json", results_json(report, row)
            )
            written += 1
    out.print(f"wrote {target}: {written} results.json", markup=False)


def _tell(filled: Filled, target: Path) -> None:
    out.print(f"wrote {target}: {counted(len(filled.filled), 'student')} filled in", markup=False)
    for words, ids in (
        ("had other points before", filled.changed),
        ("without points, left unchanged", filled.without_points),
        ("with a cell that points must not replace", filled.kept),
        ("in the results, not in the file", filled.not_in_file),
        ("in the file, not in the results", filled.not_in_results),
    ):
        if ids:
            out.print(f"{words}: {', '.join(ids)}", markup=False)
    for warning in filled.warnings:
        out.print(warning, style="yellow", markup=False)
