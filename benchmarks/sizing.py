"""What grading a class costs: `python -m benchmarks.sizing`, for `docs/scaling.md`.

For each assignment `grader grade` on a class of its reference, its untouched stub and known wrong solutions, everything
included: start, intake, hidden and secret inputs, pages. Prints the processor time of the whole process tree for each
submission, how many an hour of one core is enough for, and how long the class took.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.sandbox.levels import best_level

REPOSITORY = Path(__file__).resolve().parent.parent
ASSIGNMENTS = sorted(path.parent.name for path in REPOSITORY.glob("assignments/*/assignment.toml"))


def main() -> None:
    """Measure and print a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("assignments", nargs="*", default=ASSIGNMENTS)
    parser.add_argument("--submissions", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    print(
        f"{asked.jobs} at a time, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {best_level()[0]}", flush=True
    )
    print(
        "| assignment | submissions | CPU of each | in an hour of one core | the class took |\n|---|---|---|---|---|",
        flush=True,
    )
    for name in asked.assignments:
        with tempfile.TemporaryDirectory() as folder:
            source, out = f"{folder}/class", f"{folder}/results"
            most = max(asked.submissions - 2, 0)  # beside the reference and the stub
            _run(str(REPOSITORY / "tests/make_class.py"), name, source, str(most))
            submissions = len(list(Path(source).iterdir()))
            before, began = _cpu(), time.monotonic()
            _run("-m", "grader", "grade", name, source, "--out", out, "-j", str(asked.jobs), "--quiet")
            took, each = time.monotonic() - began, (_cpu() - before) / submissions
        print(f"| {name} | {submissions} | {each:.1f} s | {3600 / each:.0f} | {took:.0f} s |", flush=True)


def _run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")


def _cpu() -> float:
    """Seconds of processor time of all that has ended below this process."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
