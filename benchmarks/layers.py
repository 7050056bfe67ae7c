"""What each layer of the sandbox adds to one check, in milliseconds: `python -m benchmarks.layers`.

A check that does nothing runs under one layer more each time, all sets of layers in turn within one round, so that a
busy machine slows all of them alike. The clock runs as it does when grading: from the request, with the place made
before it, to the frame. The figures are medians over the rounds of the difference to the set before.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from rich.console import Console
from rich.table import Table

from grader.checks.checks import COMPILED, compile_checks
from grader.core.limits import LAYERS, Layer, Level, Limits
from grader.core.observation import Fault
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox

# In the order in which they are put on; Landlock and seccomp need those before them.
ORDER = (
    Layer.CAPABILITIES,
    Layer.NO_NEW_PRIVILEGES,
    Layer.RLIMITS,
    Layer.LANDLOCK,
    Layer.SECCOMP,
    Layer.CGROUP,
)
NOTHING = '''
from grader import check, equal

@check(points=1, seconds=20, expect=[equal("one")])
def nothing(hw):
    """Nothing."""
    return {"one": 1}
'''
SETTLED_SECONDS = 0.03  # while grading a place is made in the time of the check before it


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=40)
    rounds = arguments.parse_args().rounds
    level, _ = best_level()
    if level is Level.SEPARATE:
        sys.exit("this machine gives no level with layers; see `grader doctor`")
    sets = [frozenset(ORDER[:count]) & LAYERS[level] for count in range(len(ORDER) + 1)]
    times: list[list[float]] = [[] for _ in sets]
    with Sandbox(level) as sandbox:
        for _ in range(rounds + 3):
            for layers, measured in zip(sets, times, strict=True):
                sandbox.layers = layers
                measured.append(_one_check(sandbox))
    _print(level, [each[3:] for each in times])  # the first rounds warm caches


def _one_check(sandbox: Sandbox) -> float:
    """Milliseconds from the request to the frame."""
    files = {f"assignment/checks{COMPILED}": compile_checks(NOTHING.encode(), "checks.py")}
    place = sandbox.place(files)
    time.sleep(SETTLED_SECONDS)
    none: dict[str, object] = {}
    asked: dict[str, object] = {"check": "nothing", "case": None, "seeds": [], "hidden": ""}
    about: dict[str, object] = {"package": "hw", "form": "package", "notebook": None, "files": [], "skip_calls": []}
    work = {**asked, **about, "broken": none, "settings": none}
    began = time.perf_counter()
    observation = sandbox.begin(place, work, Limits(seconds=20)).wait()
    took = 1000 * (time.perf_counter() - began)
    assert not isinstance(observation.result, Fault), observation
    return took


def _print(level: Level, times: list[list[float]]) -> None:
    table = Table(title=f"One check that does nothing, at the level {level}: {len(times[0])} rounds")
    table.add_column("layer")
    table.add_column("adds, ms", justify="right")
    table.add_column("in all, ms", justify="right")
    table.add_row("a fork in its room", "", f"{statistics.median(times[0]):.1f}")
    for layer, before, after in zip(ORDER, times, times[1:], strict=False):
        added = statistics.median(b - a for a, b in zip(before, after, strict=True))
        table.add_row(layer, f"{added:+.1f}", f"{statistics.median(after):.1f}")
    total = statistics.median(b - a for a, b in zip(times[0], times[-1], strict=True))
    table.add_row("all layers", f"{total:+.1f}", "", style="bold")
    Console().print(table)


if __name__ == "__main__":
    main()
