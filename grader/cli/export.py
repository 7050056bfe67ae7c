"""`grader export`: grades go back to the course platform."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.cli.consoles import JsonOption, QuietOption, VerboseOption, notice, print_json, speak
from grader.cli.options import AnywayOption, ResultsArgument, sole_writer
from grader.core.errors import UsageError
from grader.core.text import counted

if TYPE_CHECKING:
    from grader.exports.feedback import Feedback
    from grader.exports.filling import Filled
    from grader.results.gradebook import Gradebook


class Platform(StrEnum):
    """Where grades go."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    CSV = "csv"
    JSON = "json"
    FEEDBACK = "feedback"
    FOLDER = "folder"
    MARKDOWN = "md"
    JUNIT = "junit"


def export(
    results: ResultsArgument,
    to: Annotated[Platform, typer.Option("--to", help="Where the grades go.")],
    target: Annotated[
        Path, typer.Option("--out", help="The file to write; for gradescope, feedback, folder, md and junit a folder.")
    ],
    fill: Annotated[Path | None, typer.Option(help="The file downloaded from Canvas or Moodle.")] = None,
    column: Annotated[str | None, typer.Option(help="The column to fill, if it is not obvious.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column of ids, if it is not obvious.")] = None,
    comments: Annotated[bool, typer.Option("--comments", help="Moodle: fill in a comment too.")] = False,
    feedback: Annotated[Path | None, typer.Option(help="Moodle: also write the reports into this zip.")] = None,
    anyway: AnywayOption = False,
    before_4_1: Annotated[bool, typer.Option("--before-4-1", help="Moodle: folders as before version 4.1.")] = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send the grades back to the course platform: fill in the file downloaded there, or write one.

    `--to folder` writes the files that were judged, for programs that look for similar submissions.
    """
    from grader.exports.canvas import fill_canvas
    from grader.exports.moodle import Names, fill_moodle, write_feedback
    from grader.files.atomic import write_whole
    from grader.results.gradebook_files import as_csv, to_json
    from grader.results.one_version import book_in_order

    speak(quiet=quiet, as_json=as_json)
    book = book_in_order(results, anyway=anyway)
    if to is Platform.FEEDBACK or feedback:
        book = _renew_pages(results, anyway=anyway)
    said: dict[str, Any] = {"wrote": [str(target)]}
    if to in (Platform.CSV, Platform.JSON):
        write_whole(target, as_csv(book) if to is Platform.CSV else to_json(book))
        notice.print(f"wrote {target}", markup=False)
    elif to in (Platform.GRADESCOPE, Platform.MARKDOWN, Platform.JUNIT):
        _one_file_each(results, book, target, to)
    elif to is Platform.FEEDBACK:
        said |= asdict(_to_folders(results, book, target, verbose=verbose))
    elif to is Platform.FOLDER:
        said["without_files"] = _to_folder(results, target, verbose=verbose)
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
        _tell(filled, target, verbose=verbose)
        said |= filled.for_programs()
        if feedback:
            there = write_feedback(book, fill, results, feedback, names=names, older=before_4_1)
            notice.print(f"wrote {feedback}: reports for {counted(len(there), 'student')}", markup=False)
            said["wrote"].append(str(feedback))
    if as_json:
        print_json(said)


def _renew_pages(results: Path, *, anyway: bool) -> Gradebook:
    """Bring all pages up to date: an import that was cut short, or a run on a few, may have left some as they were."""
    from grader.pages.write import settle_with_pages

    with sole_writer(results):
        book, _ = settle_with_pages(results, anyway=anyway)
    return book


def _one_file_each(results: Path, book: Gradebook, target: Path, to: Platform) -> None:
    """A file for each submission: Gradescope takes no upload of grades, its autograder reads a `results.json`."""
    from grader.exports.gradescope import results_json
    from grader.exports.junit import junit
    from grader.exports.markdown import markdown
    from grader.files.atomic import write_whole
    from grader.results.folder import folder_of, read_class, reports

    graded = read_class(results)
    written = {}  # all are made before the first is written
    for report in reports(results, graded):
        rows = [row for row in book.rows if row.submission == report.submission_id]
        name = folder_of(results, report.submission_id).name  # that in a download may be a path
        told = graded.as_told(report)
        if to is Platform.MARKDOWN:
            written[target / f"{name}.md"] = markdown(told, rows, student_text=graded.student_text)
        elif to is Platform.JUNIT:
            written[target / f"{name}.xml"] = junit(told, student_text=graded.student_text)
        elif rows:
            content = results_json(told, rows[-1], student_text=graded.student_text)
            written[target / name / "results.json"] = content
    for path, content in written.items():
        write_whole(path, content)
    notice.print(f"wrote {target}: {counted(len(written), 'file')}", markup=False)


def _to_folders(results: Path, book: Gradebook, target: Path, *, verbose: bool) -> Feedback:
    """A folder with the page for each student, and a table for mail merge."""
    from grader.exports.feedback import write_folders
    from grader.pages.class_terminal import print_ids
    from grader.results.folder import read_class

    found = write_folders(results, read_class(results), book, target)
    notice.print(f"wrote {target}: pages for {counted(len(found.with_page), 'student')}", markup=False)
    print_ids(notice, "without a page", found.without_page, verbose=verbose)
    return found


def _to_folder(results: Path, target: Path, *, verbose: bool) -> list[str]:
    """The files as they were judged, for programs that look for similar submissions; who has none."""
    from grader.exports.judged_folder import write_judged
    from grader.pages.class_terminal import print_ids

    without = [f"{id} ({state})" for id, state in write_judged(results, target).items()]
    notice.print(f"wrote {target}: {target}/students, and what they started from in {target}/base", markup=False)
    print_ids(notice, "without judged files", without, verbose=verbose)
    return without


def _tell(filled: Filled, target: Path, *, verbose: bool) -> None:
    from grader.pages.class_terminal import print_cautions, print_ids

    notice.print(f"wrote {target}: {counted(len(filled.filled), 'student')} filled in", markup=False)
    for words, ids in (
        ("had other points before", filled.changed),
        ("without points, left unchanged", filled.without_points),
        ("with a cell that points must not replace", filled.kept),
        (
            "left unchanged, as the name in the file is another; if it is the same person, correct the roster",
            filled.other_name,
        ),
        ("in the results, not in the file", filled.not_in_file),
        ("in the file, not in the results", filled.not_in_results),
    ):
        print_ids(notice, words, ids, verbose=verbose)
    print_cautions(notice, filled.warnings, verbose=verbose)
