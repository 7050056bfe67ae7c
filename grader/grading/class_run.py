"""The part of a run over a class for which something must be run.

plan = keep_unchanged(plan_class(folder, downloads, results, asked), ...)
with Session.open(...) as session, ThreadPoolExecutor(jobs) as pool:
    grade_class(session, plan, results, pool, page=page, whole=whole, listener=listener)
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from grader.grading.batch import BatchListener, grade_batch, set_aside
from grader.grading.class_plan import ClassPlan
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule
from grader.grading.session import Session
from grader.grading.unchanged import Page
from grader.results.folder import clear_unpacked, read_class, save_class


def grade_class(
    session: Session,
    plan: ClassPlan,
    results: Path,
    pool: Executor,
    *,
    page: Page,
    whole: Callable[[], object],
    listener: BatchListener,
    rerun: RerunRule = RUN_WHAT_CHANGED,
    before_public: Callable[[], object] = lambda: None,
) -> None:
    """Grade the entries of the plan, and of a whole one write the reports on what is quarantined.

    `page` writes the student's page of a final report, `whole` those of all that there is by then. `before_public` is
    called once, before the first public check, where any is to be run.
    """
    clear_unpacked(results)  # of a run that was killed
    record = replace(read_class(results), version=session.context.version)
    try:
        save_class(results, record)
        set_aside(session, plan.aside, results, page)
        whole()  # however this run ends, nobody is missing in the gradebook
        grade_batch(
            session,
            plan.entries,
            results,
            pool,
            page=page,
            listener=listener,
            rerun=rerun,
            before_public=before_public,
        )
        save_class(results, record.without_pending({*plan.ids}))
    finally:
        clear_unpacked(results)
