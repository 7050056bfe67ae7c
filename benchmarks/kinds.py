"""What submissions of all kinds cost, against running each of their cases alone. Run: `make bench`.

Each is graded as `grader grade` does it, one at a time in a warm grader, with groups and without, in turn. Seconds are
of processor time of all processes together, and of the clock on the wall; ratios are medians over the rounds. The last
column is the part of its cases that needed no process of their own. The start of the grader is left out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from rich.console import Console
from rich.table import Table

from grader.assignment.assignment import load_assignment
from grader.core.limits import Limits
from grader.grading import observe
from grader.grading.session import Checks, Session
from grader.grading.tasks import tasks_of
from grader.sandbox.levels import best_level
from grader.sandbox.processor_time import of_processes
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.submissions.reading import read_submission

REPOSITORY = Path(__file__).resolve().parent.parent
CLASS = REPOSITORY / "tests/submissions/cnn"
CORRECT = CLASS / "correct_modules"
HEAVY = "import matplotlib.pyplot, networkx, sympy, torchvision.transforms.v2\n"
WRONG = """
def _wrong(forward):
    return lambda self, *given: forward(self, *given) + 1

for _each in (CNN, ResidualBlock, ResidualBottleneckBlock, ResNet):
    _each.forward = _wrong(_each.forward)
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of all processes together and on the wall, and how many of the cases were decided together."""

    processor: float
    wall: float
    together: float


class Counting(Sandbox):
    """Notes which cases were run in a process of their own."""

    def __init__(self) -> None:
        super().__init__(best_level()[0])
        self.alone: set[tuple[str, str | None]] = set()

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        """Begin one of them, or something else."""
        if "check" in work:
            self.alone.add((work["check"], work["case"]))
        return super().begin(place, work, limits)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    table = Table(title=f"one submission, medians of {rounds} rounds (load at the beginning: {os.getloadavg()[0]:.1f})")
    for heading in ("submission", "processor", "wall", "processor / alone", "wall / alone", "together"):
        table.add_column(heading, justify="left" if heading == "submission" else "right")
    with Counting() as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.wait()
        sessions: dict[str, Session] = {}
        for name, (assignment, folders, times) in _kinds(Path(folder), rounds).items():
            if assignment not in sessions:
                loaded = load_assignment(REPOSITORY / "assignments" / assignment)
                sessions[assignment] = Session.of(sandbox, loaded, checks=Checks.ALL)
            table.add_row(name, *_measured(sandbox, sessions[assignment], folders, times))
    Console().print(table)


def _kinds(folder: Path, rounds: int) -> dict[str, tuple[str, Sequence[Path], int]]:
    """By name: the assignment, the submissions, and how many rounds."""

    def edited(name: str, edit: Callable[[str], str]) -> Path:
        shutil.copytree(CORRECT, folder / name)
        file = folder / name / "hw/cnn.py"
        file.write_text(edit(file.read_text()))
        return folder / name

    everybody = sorted(path for path in CLASS.iterdir() if path.is_dir())
    return {
        "correct": ("cnn", [CORRECT], rounds),
        "correct, a notebook": ("residual_gradients", [REPOSITORY / "solutions/residual_gradients"], rounds),
        "correct, with heavy imports": ("cnn", [edited("heavy", lambda text: HEAVY + text)], rounds),
        "half of it solved": ("cnn", [CLASS / "half_solved"], rounds),
        "all of it wrong": ("cnn", [edited("wrong", lambda text: text + WRONG)], rounds),
        "the untouched stub": ("cnn", [CLASS / "untouched_stub"], rounds),
        "the sample class": ("cnn", everybody, 1),
    }


def _measured(sandbox: Counting, session: Session, folders: Sequence[Path], rounds: int) -> list[str]:
    together, alone = [], []
    _cost(sandbox, session, folders[:1])  # warms caches
    for _ in range(rounds):
        together.append(_cost(sandbox, session, folders))
        with _each_alone():
            alone.append(_cost(sandbox, session, folders))
    processor = statistics.median(a.processor / b.processor for a, b in zip(together, alone, strict=True))
    wall = statistics.median(a.wall / b.wall for a, b in zip(together, alone, strict=True))
    return [
        f"{statistics.median(each.processor for each in together):.2f} s",
        f"{statistics.median(each.wall for each in together):.2f} s",
        f"{processor:.2f}",
        f"{wall:.2f}",
        f"{100 * together[-1].together:.0f} %",
    ]


@contextmanager
def _each_alone() -> Iterator[None]:
    """No two cases share a process."""
    with mock.patch.object(observe, "groups_of", autospec=True, return_value=[]):
        yield


def _cost(sandbox: Counting, session: Session, folders: Sequence[Path]) -> Cost:
    """Of one submission; the mean of several."""
    before, began, alone = of_processes([os.getpid()]).seconds, time.monotonic(), 0
    for folder in folders:
        sandbox.alone.clear()
        session.grade(read_submission(folder, session.assignment.manifest, id=folder.name))
        alone += len(sandbox.alone)
    wall, processor = time.monotonic() - began, of_processes([os.getpid()]).seconds - before
    cases = len(folders) * len(tasks_of(session.context.checks))
    return Cost(processor / len(folders), wall / len(folders), 1 - alone / cases)


if __name__ == "__main__":
    main()
