"""Whether memory stays flat over a large class: `python -m benchmarks.memory`.

Untouched stubs of `cnn`, one after the other, in one grader: every hundred it prints what the grader and its warm
process hold of the machine's memory, their open descriptors, and the processes below.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from grader.assignment.assignment import load_assignment
from grader.grading.session import Checks, Session
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    """Grade and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--submissions", type=int, default=800)
    parser.add_argument("--every", type=int, default=100)
    asked = parser.parse_args()
    assignment = load_assignment(REPOSITORY / "assignments/cnn")
    with Sandbox(best_level()[0]) as sandbox:
        sandbox.wait()
        (warm,) = _children(os.getpid())
        session = Session.of(sandbox, assignment, checks=Checks.ALL)
        for number in range(asked.submissions + 1):
            if number % asked.every == 0:
                print(f"{number:5} submissions: grader {_held(os.getpid())}; warm process {_held(warm)}", flush=True)
            session.grade(read_submission(assignment.folder, assignment.manifest, id=f"student{number}"))


def _held(process: int) -> str:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    memory = int(status["VmRSS"].split()[0]) >> 10
    descriptors = len(list(Path(f"/proc/{process}/fd").iterdir()))
    return f"{memory} MiB, {descriptors} descriptors, {len(_children(process))} processes"


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


if __name__ == "__main__":
    main()
