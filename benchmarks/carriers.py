"""How many bits a hidden check passes to a public one through the machine's caches: `python -m benchmarks.carriers`.

The carrier is that of the attack B17a (see `carrier_trial`). One submission writes the bits that its hidden check is
given, another reads them in a public check and prints them. As nothing else differs, the order in which the two run is
what is measured; then what is left for a later run; then the same where the caches forget what the room of a hidden
check has brought there, which takes cgroups. Each figure is of the bits that the page of the reader shows, over all
rounds; a bit is lost where the reader cannot tell.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.carrier_trial import KINDS, READS, WRITES, Trial, evict, files_of_the_carrier, write_course
from grader.core.limits import LAYERS, Layer, Level
from grader.core.submission import Submission
from grader.grading.batch import grade_batch
from grader.grading.context import prepare
from grader.grading.session import Session
from grader.results.folder import read_report
from grader.results.report import Report
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan


@dataclass
class Counted:
    """What came through, in all rounds."""

    right: int = 0
    wrong: int = 0
    lost: int = 0
    milliseconds: float = 0.0

    def add(self, secret: str, report: Report) -> None:
        """Count what a report's public half says of the secret."""
        (said,) = (each.log for each in report.verdicts if not each.hidden)
        _, bits, milliseconds = said.split()
        for bit, found in zip(secret, bits, strict=True):
            self.right += bit == found
            self.wrong += bit != found != "?"
            self.lost += found == "?"
        self.milliseconds += float(milliseconds)


class Carriers:
    """The assignment, the sandbox, and the ways in which the two submissions are graded."""

    def __init__(self, sandbox: Sandbox, folder: Path, secret: str) -> None:
        self._sandbox, self._folder = sandbox, folder
        self._secret = secret
        assignment = write_course(folder / "carriers", sandbox, secret, seconds=20)
        self._context = prepare(assignment, assignment.checks)
        self._files = files_of_the_carrier(sandbox, assignment)

    def hidden_first(self, writer: Mapping[str, bytes], reader: Mapping[str, bytes]) -> Report:
        """The order as it was: each submission whole, one after the other."""
        session = Session(self._sandbox, self._context)
        session.grade(Submission("a", writer))
        return session.grade(Submission("b", reader))

    def in_two_phases(self, writer: Mapping[str, bytes], reader: Mapping[str, bytes]) -> Report:
        """A class as it is graded now."""
        return self._graded(a=writer, b=reader)

    def two_runs(self, between: Callable[[], None], writer: Mapping[str, bytes], reader: Mapping[str, bytes]) -> Report:
        """One run after the other."""
        self._graded(b=writer)
        between()
        return self._graded(b=reader)

    def evict(self) -> None:
        """Make the kernel forget the pages of the files that the carrier uses."""
        evict(self._files)

    def counted(self, kind: str, way: Callable[..., Report], rounds: int) -> Counted:
        """What comes through in one way of grading."""
        counted = Counted()
        for _ in range(rounds):
            self.evict()
            trial = Trial(kind, len(self._secret))
            counted.add(self._secret, way(trial.files(WRITES), trial.files(READS)))
        return counted

    def _graded(self, **submissions: Mapping[str, bytes]) -> Report:
        """The report on the submission `b`, of a class of these."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        for name, files in submissions.items():
            package = folder / "in" / name / "hw"
            package.mkdir(parents=True)
            for path, content in files.items():
                (package / path).write_bytes(content)
        with ThreadPoolExecutor(1) as pool:
            session = Session(self._sandbox, self._context)
            entries = plan(folder / "in").entries
            grade_batch(session, entries, folder / "out", pool, page=lambda report, shown: None)
        report = read_report(folder / "out", "b")
        assert report
        return report


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bits", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    level, _ = best_level()
    if level is Level.SEPARATE:
        sys.exit("this machine gives no level at which hostile code may run; see `grader doctor`")
    secret = "".join(random.sample("01" * (asked.bits // 2), asked.bits // 2 * 2))
    found: dict[tuple[str, str], Counted] = {}
    for layers, suffix in ((LAYERS[level] - {Layer.CGROUP}, ""), (LAYERS[level], ", forgotten")):
        with Sandbox(level, layers=layers) as sandbox, tempfile.TemporaryDirectory() as folder:
            if suffix and not sandbox.counts_memory_together:
                continue
            carriers = Carriers(sandbox, Path(folder), secret)
            ways: dict[str, Callable[..., Report]] = {
                "hidden first": carriers.hidden_first,
                "two phases": carriers.in_two_phases,
                "two runs": partial(carriers.two_runs, lambda: None),
            }
            if not suffix:
                ways["two runs, evicted"] = partial(carriers.two_runs, carriers.evict)
            found |= {
                (way + suffix, kind): carriers.counted(kind, ways[way], asked.rounds) for way in ways for kind in KINDS
            }
    _print(f"{asked.rounds} times {len(secret)} bits at the level {level}", found, asked.rounds)


def _print(title: str, found: Mapping[tuple[str, str], Counted], rounds: int) -> None:
    table = Table(title=f"From a hidden check to a public one by timing alone: {title}")
    for name in ("order", "carrier"):
        table.add_column(name)
    for name in ("right", "wrong", "lost", "bits a run", "read, ms"):
        table.add_column(name, justify="right")
    for (way, kind), each in found.items():
        gained = max(0, each.right - each.wrong) / rounds  # of those that are guessed half are wrong
        figures = (each.right, each.wrong, each.lost, round(gained), round(each.milliseconds / rounds))
        table.add_row(way, kind, *(f"{figure:,}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
