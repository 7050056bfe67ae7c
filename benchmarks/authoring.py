"""What an author's commands cost, on what `grader new` writes. Run: `python -m benchmarks.authoring`.

Each is a process of its own, as from a terminal: importing torch and starting the sandbox are in it. Seconds are of
processor time of all processes that it has started and waited for, and of the clock on the wall.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time

from rich.console import Console
from rich.table import Table

COMMANDS = ("new", "stubs", "regenerate", "release", "audit")
NAME = "means"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", default="package", choices=["package", "loose", "notebook"])
    parser.add_argument("commands", nargs="*", default=COMMANDS, help=f"in this order; default: {' '.join(COMMANDS)}")
    asked = parser.parse_args()
    more = {"new": ["--form", asked.form], "release": ["--out", "means.zip"]}
    table = Table("command", "processor seconds", "wall seconds", "exit")
    with tempfile.TemporaryDirectory() as course:
        for name in asked.commands:
            before, began = _used(), time.monotonic()
            command = [sys.executable, "-m", "grader", name, NAME, *more.get(name, [])]
            done = subprocess.run(command, cwd=course, capture_output=True, check=False)
            passed = time.monotonic() - began
            table.add_row(f"grader {name}", f"{_used() - before:.1f}", f"{passed:.1f}", str(done.returncode))
    Console().print(table)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
