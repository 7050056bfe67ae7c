"""A measured process: what it runs, and its loop, that runs and times a class each time it is asked."""

import sys
import time
from collections.abc import Callable

from grader.assignment.assignment import Assignment
from grader.assignment.twins import twins_of
from grader.checks.checks import Check


def checks_of(assignment: Assignment, inputs: str) -> tuple[Check, ...]:
    """The checks that are measured: with `secret` inputs their twins, too."""
    return (*assignment.checks, *(twins_of(assignment) if inputs == "secret" else ()))


def serve(cases: int, run: Callable[[], None]) -> None:
    """Answer `ready` with the number of cases and `run` with the seconds that `run` takes, until the input ends."""
    for line in sys.stdin:
        answer = str(cases)
        if line.strip() == "run":
            began = time.monotonic()
            run()
            answer = str(time.monotonic() - began)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
