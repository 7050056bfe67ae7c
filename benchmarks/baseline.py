"""The baseline: a warm process forks once for each submission and runs all probes in that fork. No room, no judging."""

import itertools
import os
import random
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file

from benchmarks.grading import JOBS
from benchmarks.serving import checks_of, serve
from grader.assignment.assignment import load_assignment
from grader.checks.checks import Check
from grader.core.without_collection import without_collection
from grader.kernel import process
from grader.worker import zygote
from grader.worker.student_package import StudentPackage


def main() -> None:
    """Run the probes on the class each time it is asked."""
    course = Path(sys.argv[1])
    with without_collection():
        kept = zygote.warm_up("cpu")  # the same imports, settings and pages as the grader's warm process
    process.use_huge_pages()
    checks = checks_of(load_assignment(course / "assignments/cnn"), sys.argv[2])
    submissions = sorted((course / "merged").iterdir())
    serve(sum(len(check.case_names) for check in checks), lambda: _run(course, checks, submissions))
    del kept
    os._exit(
        0
    )  # as the grader's warm process ends: what it has warmed is not taken down, so no library counts it as lost


def _run(course: Path, checks: Sequence[Check], submissions: Sequence[Path]) -> None:
    running = 0
    for submission in submissions:
        if running == JOBS:
            running -= _wait()
        if os.fork() == 0:
            _probe_all(course, checks, submission)
            os._exit(0)
        running += 1
    for _ in range(running):
        _wait()


def _wait() -> int:
    _, status = os.wait()
    assert status == 0, "a probe failed"
    return 1


def _probe_all(course: Path, checks: Sequence[Check], submission: Path) -> None:
    sys.path.append(str(submission))
    warnings.simplefilter("ignore")  # those of the submission: the grader writes them to its log
    package = StudentPackage("hw", submission, {})
    for check in checks:
        for case, seed in itertools.product(check.case_names, check.seeds or (None,)):
            random.seed(0)
            numpy.random.seed(0)
            torch.manual_seed(0)
            given = {
                "seed": seed,
                "hw": package,
                "device": torch.device("cpu"),
                "case": dict(check.cases[case]) if case else None,
                "data": load_file(course / f"assets/cnn/data/{check.data}.safetensors") if check.data else None,
            }
            check.probe(**{name: given[name] for name in check.arguments})


if __name__ == "__main__":
    main()
