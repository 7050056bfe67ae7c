"""`grader manual export` and `import`: points given by hand for written answers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.options import ResultsArgument, TargetOption, out
from grader.core.errors import UsageError
from grader.core.text import counted

manual = typer.Typer(help="Points given by hand for written answers.", no_args_is_help=True)


@manual.command("export")
def manual_export(results: ResultsArgument, target: TargetOption = Path("manual.csv")) -> None:
    """Write a sheet to fill in: a row for each submission and written question, with the rubric."""
    from grader.files.atomic import write_whole
    from grader.results.folder import read_class, reports
    from grader.results.manual import read_stored, sheet

    if target.exists():
        raise UsageError(
            f"{target}: already exists and may hold points; import or move it first, or name another --out"
        )
    write_whole(target, sheet(reports(results, read_class(results)), read_stored(results)))
    out.print(f"wrote {target}: fill in `points`, then `grader manual import {results} {target}`", markup=False)


@manual.command("import")
def manual_import(
    results: ResultsArgument, filled: Annotated[Path, typer.Argument(help="The filled-in sheet.")]
) -> None:
    """Import the points of a filled-in sheet, and update the gradebook and all pages."""
    from grader.pages.write import settle_with_pages
    from grader.results.manual import import_scores

    scores = import_scores(filled, _asked(results), results)
    book = settle_with_pages(results)
    waiting = sum(bool(row.unscored) for row in book.rows)
    later = f"; {waiting} still {'waits' if waiting == 1 else 'wait'} for points" if waiting else ""
    out.print(f"{counted(len(scores), 'score')}, {counted(len(book.rows), 'student')}{later}", markup=False)
    for warning in book.warnings:
        out.print(warning, style="yellow", markup=False)


def _asked(results: Path) -> dict[str, dict[str, Fraction]]:
    """What each question can earn, by every id that may be scored."""
    from grader.results.folder import read_class, reports

    asked: dict[str, dict[str, Fraction]] = {}
    for report in reports(results, read_class(results)):
        most = {answer.id: Fraction(sum(points for points, _ in answer.rubric)) for answer in report.answers}
        asked |= dict.fromkeys((report.submission_id, *report.members), most)
    return asked
