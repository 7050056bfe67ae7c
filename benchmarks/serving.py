"""The loop of a measured process: says `ready` with a number, then runs and times a class each time it is asked."""

import sys
import time
from collections.abc import Callable


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
