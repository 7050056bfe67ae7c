"""What the pages of a class cost beside grading it, in processor time of all processes. Run: `make bench`.

Some submissions of the sample class of `cnn` are graded without pages. Then their answers are rendered anew (what that
takes is not counted as grading), and from their reports those of a whole class are made, with every student's page and
the class's: `grader grade` writes each as soon as it can, and only what has changed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grader.assignment.assignment import load_assignment
from grader.grading.batch import grade_batch
from grader.grading.session import Checks, Session
from grader.pages.write import settle_with_pages
from grader.rendering.illustrations import illustrate_together
from grader.results.folder import Class, read_report, read_shown, save, save_class
from grader.results.report import Report
from grader.sandbox.levels import best_level
from grader.sandbox.processor_time import of_processes
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan

REPOSITORY = Path(__file__).resolve().parent.parent
CLASS = (
    "correct_modules", "correct_functions", "missing_skip", "missing_zero_grad", "half_solved", "untouched_stub",
    "batchnorm_before_dropout", "wrong_channel_order",
)  # fmt: skip


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=int, default=1000)
    wanted = parser.parse_args().reports
    with tempfile.TemporaryDirectory() as folder, Sandbox(best_level()[0]) as sandbox:
        sandbox.wait()
        reports, grading = _graded(Path(folder), sandbox)
        texts = [{answer.id: answer.text for answer in each.answers if answer.text} for each in reports]
        answers = _seconds(lambda: list(illustrate_together(sandbox, texts))) / len(CLASS)
        out = _as_class(Path(folder), reports, wanted)
        pages = _seconds(lambda: settle_with_pages(out)) / wanted
        again = _seconds(lambda: settle_with_pages(out)) / wanted
    table = Table(title=f"each of {wanted} submissions, processor time")
    for heading in ("grading", "answers", "pages", "pages of which nothing has changed", "answers and pages / grading"):
        table.add_column(heading, justify="right")
    grading -= answers
    seconds = [f"{1000 * each:.1f} ms" for each in (grading, answers, pages, again)]
    table.add_row(*seconds, f"{(answers + pages) / grading:.2%}")
    Console().print(table)


def _graded(folder: Path, sandbox: Sandbox) -> tuple[list[Report], float]:
    """The reports, and what grading one takes without a page, its answers included."""
    for name in CLASS:
        shutil.copytree(REPOSITORY / "tests/submissions/cnn" / name, folder / "class" / name)
    session = Session.of(sandbox, load_assignment(REPOSITORY / "assignments/cnn"), checks=Checks.ALL)
    entries = plan(folder / "class").entries

    def run() -> None:
        with ThreadPoolExecutor(2) as pool:
            grade_batch(session, entries, folder / "out", pool, page=lambda report, shown: None)

    seconds = _seconds(run)
    found = [read_report(folder / "out", name) for name in CLASS]
    return [each for each in found if each], seconds / len(CLASS)


def _as_class(folder: Path, reports: list[Report], wanted: int) -> Path:
    """A folder of results with so many reports, and without pages."""
    ids = [f"s{number:04}" for number in range(wanted)]
    for number, id in enumerate(ids):
        report = reports[number % len(reports)]
        save(folder / "many", replace(report, submission_id=id), read_shown(folder / "out", report.submission_id))
    save_class(folder / "many", Class(reports[0].assignment, reports[0].title, tuple(ids)))
    return folder / "many"


def _seconds(run: Callable[[], object]) -> float:
    before = of_processes([os.getpid()]).seconds
    run()
    return of_processes([os.getpid()]).seconds - before


if __name__ == "__main__":
    main()
