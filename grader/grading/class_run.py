"""One run over a class, into a folder of results.

plan = plan_class(folder, source, results, asked)
with Session.open(...) as session, ThreadPoolExecutor(jobs) as pool:
    grade_class(session, plan, results, pool, pages=pages, listener=listener)
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from grader.grading.batch import BatchListener, Page, grade_batch, set_aside
from grader.grading.class_plan import ClassPlan
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule
from grader.grading.session import Session
from grader.results.folder import UNPACKED, Class, save_class


@dataclass(frozen=True, slots=True)
class Pages:
    """How a run has its pages written: `student` for each final report, `whole` for all that there are by then."""

    student: Callable[[Class], Page]
    whole: Callable[[], object]


def grade_class(
    session: Session,
    plan: ClassPlan,
    results: Path,
    pool: Executor,
    *,
    pages: Pages,
    listener: BatchListener,
    rerun: RerunRule = RUN_WHAT_CHANGED,
) -> None:
    """Grade the entries of the plan, and of a whole one write the reports on what is quarantined."""
    page = pages.student(plan.record)
    _clear(results)  # of a run that was killed
    try:
        save_class(results, plan.record)
        set_aside(session, plan.download.quarantined if plan.is_whole else (), results, page)
        pages.whole()  # however this run ends, nobody is missing in the gradebook
        grade_batch(session, plan.entries, results, pool, page=page, listener=listener, rerun=rerun)
    finally:
        _clear(results)


def _clear(results: Path) -> None:
    """Remove what only a run needs, and nothing that may be anybody else's."""
    shutil.rmtree(results / UNPACKED, ignore_errors=True)
