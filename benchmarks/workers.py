"""How much faster two workers grade a class than one: `python -m benchmarks.workers`.

The same correct submissions of an assignment, graded with one worker and with two in turn, in one warm grader. The
ratio is the median over the rounds. It cannot be 2 where other programs use the cores, so those idle are printed too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.assignment.assignment import load_assignment
from grader.grading.batch import grade_batch
from grader.grading.context import GradingContext, prepare
from grader.grading.session import Session
from grader.results.report import Report
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--assignment", default="cnn")
    parser.add_argument("--submissions", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    loaded = load_assignment(REPOSITORY / "assignments" / asked.assignment)
    with Sandbox(best_level()[0]) as sandbox, tempfile.TemporaryDirectory() as folder:
        context = prepare(loaded, loaded.checks)
        source = Path(folder) / "class"
        solution = REPOSITORY / "solutions" / asked.assignment
        for number in range(asked.submissions):
            shutil.copytree(solution, source / f"student{number}", ignore=shutil.ignore_patterns("wrong.toml"))
        _seconds(context, sandbox, source, Path(folder) / "warm", jobs=1)
        times: dict[int, list[float]] = {1: [], 2: []}
        for number in range(asked.rounds):
            for jobs in (1, 2):
                out = Path(folder) / f"out-{number}-{jobs}"
                times[jobs].append(_seconds(context, sandbox, source, out, jobs=jobs))
    ratio = statistics.median(one / two for one, two in zip(times[1], times[2], strict=True))
    each = {jobs: statistics.median(seconds) / asked.submissions for jobs, seconds in times.items()}
    print(
        f"{asked.assignment}, {asked.submissions} submissions, {asked.rounds} rounds: one worker {each[1]:.2f} s each, "
        f"two workers {each[2]:.2f} s each: {ratio:.2f} times faster (load {os.getloadavg()[0]:.1f}, "
        f"{os.cpu_count()} cores)"
    )


def _seconds(context: GradingContext, sandbox: Sandbox, source: Path, out: Path, *, jobs: int) -> float:
    began = time.monotonic()
    entries = plan(source).entries
    with ThreadPoolExecutor(jobs) as pool:
        grade_batch(Session(sandbox, context), entries, out, pool, page=_is_right)
    return time.monotonic() - began


def _is_right(report: Report, shown: object) -> None:
    assert report.points == report.max_points


if __name__ == "__main__":
    main()
