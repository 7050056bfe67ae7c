"""How long a student waits: `python -m benchmarks.loop`.

`grader check` on a correct submission: the time to the first verdict and to the last, against what nobody can save,
`python -c "import torch"` and the seconds of the probes themselves. Then `--watch`: the time from saving a file to the
first verdict and to the total on the screen, beyond the seconds of the probes that ran. Medians of the rounds.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VERDICT = re.compile(r"[^\w\s] \w.* of \d+(?:\.\d+)?(?:  (\d+\.\d\d) s)?$")


@dataclass
class Shown:
    """When the first verdict and the total were on the screen, and the seconds of the probes between."""

    first: float
    total: float
    probes: float


def main() -> None:
    """Measure and print two lines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--assignment", default="cnn")
    parser.add_argument("--file", default="hw/training.py", help="what is saved while it watches")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "student"
        shutil.copytree(REPOSITORY / "solutions" / asked.assignment, folder)
        command = [sys.executable, "-m", "grader", "check", str(folder)]
        command += ["--assignment", str(REPOSITORY / "assignments" / asked.assignment)]
        bare = statistics.median(_seconds_of_import() for _ in range(asked.rounds))
        whole = [_checked(command) for _ in range(asked.rounds)]
        saves = _saved([*command, "--watch"], folder / asked.file, asked.rounds)
    load = f"(load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores)"
    first, total, probes = (statistics.median(getattr(each, name) for each in whole) for name in vars(whole[0]))
    print(
        f"{asked.assignment}: first verdict after {first:.1f} s, the last after {total:.1f} s; import torch {bare:.1f} "
        f"s and probes {probes:.1f} s: {first / bare:.2f} and {total / (bare + probes):.2f} times as long {load}"
    )
    first = statistics.median(each.first for each in saves)
    beyond = statistics.median(each.total - each.probes for each in saves)
    print(
        f"{asked.file} saved: first verdict after {first:.2f} s, the total {beyond:.2f} s beyond the probes' own "
        f"{statistics.median(each.probes for each in saves):.2f} s {load}"
    )


def _seconds_of_import() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.monotonic() - began


def _checked(command: list[str]) -> Shown:
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        return _until_total(process.stdout, began)


def _saved(command: list[str], file: Path, rounds: int) -> list[Shown]:
    """Once for each round that the file is saved with another comment at its end."""
    found = []
    signal.signal(signal.SIGINT, signal.default_int_handler)  # below a job of a shell it is ignored, also by children
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        _until_total(process.stdout, 0.0)
        next(line for line in process.stdout if line.startswith("Watching"))
        for number in range(rounds + 1):  # the first one waits until all is read that the next ones need
            began = time.monotonic()
            file.write_text(f"{file.read_text()}# {number}\n")
            found.append(_until_total(process.stdout, began))
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    return found[1:]


def _until_total(lines: Iterator[str], began: float) -> Shown:
    first, probes = 0.0, 0.0
    for line in lines:
        if verdict := VERDICT.match(line.rstrip()):
            first = first or time.monotonic() - began
            probes += float(verdict[1] or 0)
        if line.startswith("Total: "):
            return Shown(first, time.monotonic() - began, probes)
    raise AssertionError("it ended without a total")


if __name__ == "__main__":
    main()
