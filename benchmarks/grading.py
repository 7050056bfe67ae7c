"""How much slower than pure compute `grader grade` is, and how much faster than cold pytest. Run: `make bench`.

On the same correct submissions of `cnn`, two at a time, three ways in turn:

    grader   a warm grader: a room and a process for each case, judging, reports on disk
    baseline one warm process that forks for each submission and just runs the same probes: no room, no judging
    pytest   one cold process for each submission that runs the same probes and criteria in-process through pytest

once with all 25 epochs of the overfit check, once stopping early, as the check is shipped, and so once more with secret
inputs, as a class is graded: all three run the same probes under the same secret seeds, too. Seconds are of the clock
on the wall; "processor time" is grader / baseline by that of all processes, which other work on the machine changes
less. Ratios are medians over the rounds. Start-up is left out of `grader` and `baseline` (both pay one `import torch`
for a class) and printed apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.table import Table

from grader.sandbox.processor_time import of_processes

REPOSITORY = Path(__file__).resolve().parent.parent
STYLES = ("correct_modules", "correct_functions")
EARLY_STOP = "if hits >= 45:"
NO_EARLY_STOP = "if hits > 50:"
JOBS = 2
PUBLISHED, SECRET = "published", "secret"  # inputs


def main() -> None:
    """Measure both variants and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--submissions", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    table = Table(title=f"{arguments.submissions} submissions, {JOBS} at a time, medians of {arguments.rounds} rounds")
    for heading in (
        "overfit check",
        "grader",
        "baseline",
        "pytest",
        "grader / baseline",
        "processor time",
        "pytest / grader",
        "beyond compute",
    ):
        table.add_column(heading, justify="right")
    started = []
    with tempfile.TemporaryDirectory() as folder:
        for name, line, inputs in (
            ("all 25 epochs", NO_EARLY_STOP, PUBLISHED),
            ("early stop", EARLY_STOP, PUBLISHED),
            ("early stop, secret inputs", EARLY_STOP, SECRET),
        ):
            course = make_course(Path(folder) / name.replace(" ", "-"), line, arguments.submissions)
            measured, start = _measure(course, inputs, arguments.submissions, arguments.rounds)
            table.add_row(name, *measured)
            started.append(f"{name}: {start}")
    table.caption = "\n".join(started)
    Console().print(table)


def make_course(folder: Path, line: str, submissions: int) -> Path:
    """A copy of the course whose overfit check stops by `line`, a class, and the class with provided files merged."""
    for part in ("assignments", "solutions", "assets"):
        shutil.copytree(REPOSITORY / part / "cnn", folder / part / "cnn")
    checks = folder / "assignments/cnn/checks.py"
    text = checks.read_text()
    assert EARLY_STOP in text, "the overfit check has changed; change the benchmark too"
    checks.write_text(text.replace(EARLY_STOP, line))
    for number in range(submissions):
        style = REPOSITORY / "tests/submissions/cnn" / STYLES[number % len(STYLES)]
        shutil.copytree(style, folder / "class" / f"student{number}")
        shutil.copytree(style, folder / "merged" / f"student{number}")
        for provided in ("__init__.py", "mlp.py"):
            shutil.copy(folder / "assignments/cnn/hw" / provided, folder / "merged" / f"student{number}/hw")
    subprocess.run([*_grader(), "regenerate", "cnn"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def _measure(course: Path, inputs: str, submissions: int, rounds: int) -> tuple[list[str], str]:
    """The cells of a row, and how the start went."""
    times: dict[str, list[float]] = {"grader": [], "baseline": [], "pytest": []}
    processor = []
    with _Server("warm_grader", course, inputs) as grader, _Server("baseline", course, inputs) as baseline:
        for _ in range(rounds):
            (graded, ours), (run, plain) = grader.run(), baseline.run()
            times["grader"].append(graded)
            times["baseline"].append(run)
            processor.append(ours / plain)
    times["pytest"].append(_pytest(course, inputs))
    cases = grader.cases
    ratio = statistics.median(a / b for a, b in zip(times["grader"], times["baseline"], strict=True))
    ratios = [f"{ratio:.2f}", f"{statistics.median(processor):.2f}"]
    each = {name: statistics.median(values) / submissions for name, values in times.items()}
    beyond = 1000 * (each["grader"] - each["baseline"]) / cases
    seconds = [f"{each[name]:.2f} s" for name in ("grader", "baseline", "pytest")]
    started = f"started in {grader.started:.1f} s and {baseline.started:.1f} s; {cases} cases per submission"
    return [*seconds, *ratios, f"{each['pytest'] / each['grader']:.2f}", f"{beyond:.0f} ms per case"], started


class _Server:
    """A warm process that runs the class each time it is asked and says how long that took."""

    def __init__(self, module: str, course: Path, inputs: str) -> None:
        began = time.monotonic()
        command = [sys.executable, "-m", f"benchmarks.{module}", str(course), inputs]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.cases = int(self._say("ready"))
        self.started = time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()  # its input ends, and so does it

    def run(self) -> tuple[float, float]:
        """Seconds of wall clock for the whole class, and of processor time of all its processes."""
        before = of_processes([self._process.pid]).seconds
        wall = float(self._say("run"))
        return wall, of_processes([self._process.pid]).seconds - before

    def _say(self, word: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the benchmark's process ended"
        return answer


def _pytest(course: Path, inputs: str) -> float:
    def one(submission: Path) -> None:
        command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "no:grader"]
        environment = {**_environment(), "COURSE": str(course), "SUBMISSION": str(submission), "INPUTS": inputs}
        file = str(REPOSITORY / "benchmarks/in_process.py")
        subprocess.run([*command, file], cwd=course, env=environment, check=True, stdout=subprocess.DEVNULL)

    began = time.monotonic()
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(one, sorted((course / "merged").iterdir())))
    return time.monotonic() - began


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def _grader() -> list[str]:
    return [str(Path(sys.executable).with_name("grader"))]


if __name__ == "__main__":
    main()
