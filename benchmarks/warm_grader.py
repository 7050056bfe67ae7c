"""The grader as it is: what `grader grade` does after its start-up, on the class of a benchmark's course."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.grading import JOBS
from benchmarks.serving import checks_of, serve
from grader.assignment.assignment import load_assignment
from grader.core.limits import Level
from grader.grading.batch import grade_batch
from grader.grading.context import prepare
from grader.grading.session import Session
from grader.grading.tasks import tasks_of
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan


def main() -> None:
    """Grade the class each time it is asked; every submission must get full marks."""
    course = Path(sys.argv[1])
    with Sandbox(Level.ISOLATED) as sandbox:
        assignment = load_assignment(course / "assignments/cnn")
        context = prepare(assignment, checks_of(assignment, sys.argv[2]))
        entries = plan(course / "class").entries
        session = Session(sandbox, context)

        def page(report: Report, shown: object) -> None:
            assert report.points == report.max_points

        def run() -> None:
            with tempfile.TemporaryDirectory() as out, ThreadPoolExecutor(JOBS) as pool:
                grade_batch(session, entries, Path(out), pool, page=page)

        run()  # waits for the warm process, outside the measurement
        serve(len(tasks_of(context.checks)), run)


if __name__ == "__main__":
    main()
