"""The pages in a folder of results, written where they belong.

out/index.html                       staff's
out/statistics.json                  staff's
out/students/<id>/report.html        the student's
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from grader.core.digest import digest
from grader.pages.html import class_page, student_page
from grader.results.decisions import Decisions, read_decisions
from grader.results.folder import NONE, Class, folder_of, made_of, read_class, read_shown, reports, rows_for, settle
from grader.results.gradebook import Gradebook
from grader.results.gradebook_files import parts_of
from grader.results.history import Attempts, attempts_in, before_this, read_runs
from grader.results.lateness import DAY, LateEntry
from grader.results.made import write_made
from grader.results.marks import Graded, InShort
from grader.results.report import Illustrations, Report, to_json
from grader.results.requests import replies
from grader.results.statistics import STATISTICS, statistics_of


def write_student_page(
    out: Path,
    graded: Class,
    report: Report,
    shown: Illustrations,
    *,
    decisions: Decisions,
    attempts: Attempts | None = None,
) -> InShort:
    """Write the student's page of one report, with the sums that come of it and of the class's points by hand.

    The report is a final one that is saved. `attempts` are all that the class has made so far. Returns what the class
    needs of the report.
    """
    final = InShort.of(report)
    told = graded.as_told(report)
    marks = final.marks if told is report else Graded.of(told)
    report = told
    ids = {report.submission_id, *report.members}
    rows = tuple(row for row in rows_for(graded, marks, decisions) if row.id in ids)
    whose = report.members[0] if report.members else report.submission_id
    earlier = before_this((attempts or {}).get(whose, ()), report)
    due = _due(graded, ids)
    replied = replies(decisions, ids)
    beside = repr((report.reason, rows, graded.student_text, earlier[-1:], len(earlier), due, replied))
    home = folder_of(out, report.submission_id).relative_to(out)
    write_made(
        out,
        f"{home.as_posix()}/report.html",
        (*made_of(out, report.submission_id), beside),
        lambda: student_page(
            report, shown, rows, student_text=graded.student_text, earlier=earlier, due=due, replies=replied
        ).encode(),
    )
    return final


def _due(graded: Class, ids: set[str]) -> datetime | None:
    """When it was due, extensions included; None where there is no deadline, or members have different ones."""
    if graded.policy is None:
        return None
    extensions = {graded.late.get(id, LateEntry()).extension for id in ids}
    return graded.policy.deadline + float(extensions.pop()) * DAY if len(extensions) == 1 else None


def settle_class(
    out: Path, *, anyway: bool = False, known: Mapping[str, InShort] = NONE
) -> tuple[Gradebook, list[Report]]:
    """`settle`, and write the statistics and the staff's page."""
    book, short = settle(out, anyway=anyway, known=known)
    student_text = read_class(out).student_text
    found = cache(lambda: statistics_of(book, short, student_text=student_text))
    parts = (*parts_of(book), str(student_text), *(digest(to_json(each)) for each in short))
    write_made(out, "statistics.json", parts, lambda: STATISTICS.dumped(found()))
    write_made(out, "index.html", parts, lambda: class_page(short, book, found().items).encode())
    return book, short


def settle_with_pages(out: Path, *, anyway: bool = False) -> tuple[Gradebook, list[Report]]:
    """Work everything out anew from the existing reports, pages included: points by hand are in all of them."""
    graded, decisions, attempts = read_class(out), read_decisions(out), attempts_in(read_runs(out))
    known = {}
    for report in reports(out, graded):
        shown = read_shown(out, report.submission_id)
        known[report.submission_id] = write_student_page(
            out, graded, report, shown, decisions=decisions, attempts=attempts
        )
    return settle_class(out, anyway=anyway, known=known)
