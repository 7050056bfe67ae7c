"""What two phases cost: one submission graded in its two halves, against all its checks in one. Run: `make bench`.

Each half tries the submission's imports (or its cells) anew, and makes its first room while nothing else runs. Both
ways are taken in turn on the reference; ratios are medians over the rounds, of the clock on the wall.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import reference_folder
from grader.grading.grade import grade
from grader.grading.session import Checks, Session
from grader.results.report import Report
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

ASSIGNMENTS = Path(__file__).resolve().parent.parent / "assignments"
NAMES = ("cnn", "residual_gradients")  # a package and a notebook


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    table = Table(title=f"one submission, medians of {rounds} rounds")
    for heading in ("assignment", "in two phases", "in one", "ratio"):
        table.add_column(heading, justify="right")
    with Sandbox(best_level()[0]) as sandbox:
        sandbox.wait()
        for name in NAMES:
            table.add_row(name, *_measured(sandbox, name, rounds))
    Console().print(table)


def _measured(sandbox: Sandbox, name: str, rounds: int) -> list[str]:
    assignment = load_assignment(ASSIGNMENTS / name)
    folder = reference_folder(assignment)
    assert folder
    submission = read_submission(folder, assignment.manifest, id="reference")
    session = Session.of(sandbox, assignment, checks=Checks.ALL)
    two, one = [], []
    for _ in range(rounds + 1):
        two.append(_seconds(lambda: session.hidden(submission, session.public(submission))))
        one.append(_seconds(lambda: grade(session.context, submission, sandbox)))
    ratio = statistics.median(a / b for a, b in zip(two[1:], one[1:], strict=True))  # the first warms caches
    return [f"{statistics.median(two[1:]):.2f} s", f"{statistics.median(one[1:]):.2f} s", f"{ratio:.2f}"]


def _seconds(run: Callable[[], Report]) -> float:
    began = time.monotonic()
    report = run()
    assert report.points == report.max_points, "the reference lost points"
    return time.monotonic() - began


if __name__ == "__main__":
    main()
