"""The pages in a folder of results, written where they belong.

out/index.html                       staff's
out/statistics.json                  staff's
out/students/<id>/report.html        the student's
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from grader.pages.html import class_page, student_page
from grader.results.decisions import Decisions, read_decisions
from grader.results.folder import SHOWN, Class, book_of, folder_of, read_class, read_shown, reports, settle
from grader.results.gradebook import Gradebook
from grader.results.made import write_made
from grader.results.marks import Graded
from grader.results.report import Illustrations, Report, to_json
from grader.results.statistics import STATISTICS, statistics_of


def write_student_page(out: Path, graded: Class, report: Report, shown: Illustrations, *, decisions: Decisions) -> None:
    """Write the student's page of one report, with the sums that come of it and of the class's points by hand."""
    report = graded.as_told(report)
    ids = {report.submission_id, *report.members}
    late = {id: graded.late[id] for id in sorted(ids) if id in graded.late}
    alone = replace(graded, submissions=(report.submission_id,), missing=(), late=late)
    rows = tuple(row for row in book_of(alone, [Graded.of(report)], decisions).rows if row.id in ids)
    parts = to_json(report), SHOWN.dumped(shown), repr(rows), str(graded.student_text)
    home = folder_of(out, report.submission_id).relative_to(out)
    write_made(
        out,
        f"{home.as_posix()}/report.html",
        parts,
        lambda: student_page(report, shown, rows, student_text=graded.student_text).encode(),
    )


def settle_class(out: Path, *, anyway: bool = False) -> tuple[Gradebook, list[Report]]:
    """`settle`, and write the statistics and the staff's page."""
    book, short = settle(out, anyway=anyway)
    student_text = read_class(out).student_text
    found = cache(lambda: statistics_of(book, short, student_text=student_text))
    parts: tuple[bytes | str, ...] = (repr(book), str(student_text), *map(to_json, short))
    write_made(out, "statistics.json", parts, lambda: STATISTICS.dumped(found()))
    write_made(out, "index.html", parts, lambda: class_page(short, book, found().items).encode())
    return book, short


def settle_with_pages(out: Path, *, anyway: bool = False) -> tuple[Gradebook, list[Report]]:
    """Work everything out anew from the existing reports, pages included: points by hand are in all of them."""
    graded, decisions = read_class(out), read_decisions(out)
    for report in reports(out, graded):
        write_student_page(out, graded, report, read_shown(out, report.submission_id), decisions=decisions)
    return settle_class(out, anyway=anyway)
