"""The pages in a folder of results, written where they belong.

out/index.html                       staff's
out/students/<id>/report.html        the student's
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.files.atomic import write_whole
from grader.pages.html import class_page, student_page
from grader.results.folder import Class, book_of, folder_of, read_class, read_shown, reports, settle
from grader.results.gradebook import Gradebook
from grader.results.manual import Scores, read_stored
from grader.results.report import Illustrations, Report, in_short


def student_pages(out: Path, graded: Class) -> Callable[[Report, Illustrations], None]:
    """What writes the student's page of each report of a class, with the points that people have given so far."""
    return partial(write_student_page, out, graded, scores=read_stored(out))


def write_student_page(out: Path, graded: Class, report: Report, shown: Illustrations, *, scores: Scores) -> None:
    """Write the student's page of one report, with the sums that come of it and of the class's points by hand."""
    late = {id: word for id, word in graded.late.items() if id in _ids(report)}
    alone = replace(graded, submissions=(report.submission_id,), missing=(), late=late)
    rows = book_of(alone, [in_short(report)], scores).rows
    page = student_page(report, shown, [row for row in rows if row.id in _ids(report)])
    write_whole(folder_of(out, report.submission_id) / "report.html", page.encode())


def settle_class(out: Path) -> tuple[Gradebook, list[Report]]:
    """Work the gradebook out anew, and write it and the staff's page. The reports come back in short."""
    book, short = settle(out)
    write_whole(out / "index.html", class_page(short, book).encode())
    return book, short


def settle_with_pages(out: Path) -> Gradebook:
    """Work everything out anew from the existing reports, pages included: points by hand are in all of them."""
    graded, scores = read_class(out), read_stored(out)
    for report in reports(out, graded):
        write_student_page(out, graded, report, read_shown(out, report.submission_id), scores=scores)
    return settle_class(out)[0]


def _ids(report: Report) -> set[str]:
    return {report.submission_id, *report.members}
