"""Two `grader grade` at a time in one folder, again and again: python -m tests.two_graders COURSE DOWNLOAD OUT

Each is a process of its own, forked from this one after it has recorded what the class gives. The one that grades does
not end before the other has. Prints a line of JSON for each round: how both ended, what was said, and what changed.
"""

from __future__ import annotations

import json
import os
import random
import select
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import torch

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.cli import app
from grader.sandbox import page_cache, sandbox
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox

ROUNDS = 50
OFFSET = 0.05  # seconds by which one may begin after the other
STUCK = 30  # seconds after which both of them grade
fork = get_context("fork")


class HeldSandbox(RecordedSandbox):
    """One that gives nothing while there is a `gate`: a pipe that is open at its other end."""

    gate: int | None = None

    def begin(self, *request: Any) -> Any:
        """What a request of this kind gave."""
        if self.gate is not None:
            select.select([self.gate], [], [])
        return super().begin(*request)

    def __call__(self, *asked: object, **named: object) -> HeldSandbox:
        """In the place of the class `Sandbox`."""
        return self

    def __enter__(self) -> HeldSandbox:
        """It is there."""
        return self

    def __exit__(self, *error: object) -> None:
        """It is the next one's, too."""


def grade(course: str, download: str, out: str) -> int:
    """The exit status of one `grader grade` that keeps nothing of earlier runs."""
    sys.argv = ["grader", "grade", course, download, "--out", out, "--force", "-j", "1"]
    try:
        app.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def grader(asked: tuple[str, str, str], said: Path, after: float, others_end: int) -> None:
    """One of the two, as a process of its own."""
    os.close(others_end)
    with said.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    time.sleep(after)
    sys.exit(grade(*asked))


def grades(out: Path) -> dict[str, bytes]:
    """All reports, and what is worked out from them."""
    found = [*out.glob("students/*/report.json"), out / "grades.csv", out / "gradebook.json"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in found}


def main(*asked: str) -> None:
    """Record, then all rounds; in every fifth the one that grades is killed."""
    moments, out = random.Random(14), Path(asked[2])
    torch.set_num_threads(1)  # a fork has no threads but the one that forks
    page_cache.evict = lambda shown: ""
    with Sandbox(best_level()[0]) as real:
        sandbox.Sandbox = held = HeldSandbox(real)  # type: ignore[misc, assignment]
        assert grade(*asked) == 0
    due = grades(out)
    for number in range(ROUNDS):
        held.gate, open_end = os.pipe()
        said = [out.with_name(f"said-{number}-{which}") for which in (0, 1)]
        both = [fork.Process(target=grader, args=(asked, each, moments.random() * OFFSET, open_end)) for each in said]
        for each in both:
            each.start()
        over = wait([each.sentinel for each in both], STUCK)
        if not over:
            for each in both:
                each.kill()
            sys.exit(f"round {number}: both grade")
        ended = [each for each in both if each.sentinel in over]
        others = [each for each in both if each not in ended]
        if number % 5 == 4:
            time.sleep(moments.random() * OFFSET)
            for each in others:
                each.kill()
        os.close(open_end)
        for each in both:
            each.join()
        os.close(held.gate)
        print(json.dumps({
            "first": [each.exitcode for each in ended],
            "told": [said[both.index(each)].read_text() for each in ended],
            "holder": [each.pid for each in others],
            "other": [each.exitcode for each in others],
            "changed": sorted(name for name, content in due.items() if grades(out).get(name) != content),
        }), flush=True)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
