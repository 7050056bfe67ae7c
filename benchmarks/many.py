"""Whether a class of thousands is graded whole, and what that takes of the grader itself: `python -m benchmarks.many`.

Some submissions of the sample class of `cnn` are each submitted by many, with a mark of their own in every file, and
graded as `grader grade` does; then once more, with nothing to do. What rooms give is recorded: each distinct thing is
run once. All else is real: intake, judging, reports, pages, gradebook, history. Printed is what the grader's own
process holds of the machine's memory, and the processor time that it has taken, the rooms' left out. With `--cluster`
the checks run on two workers of a Dask cluster on this machine, which are recorded likewise.

In the end reports, pages and rows of the gradebook are counted, and compared with those of the same submission.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.many_run import memory, processor_time
from benchmarks.recorded_worker import MARK

REPOSITORY = Path(__file__).resolve().parent.parent
KINDS = (
    "correct_modules", "correct_functions", "missing_skip", "missing_zero_grad", "half_solved", "untouched_stub",
    "batchnorm_before_dropout", "wrong_channel_order",
)  # fmt: skip
WORKERS = 2
SECONDS = 120  # for Dask's processes to start


def main() -> None:
    """Grade, grade again, count and print; ends with 1 where anything is lost, doubled or graded otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--cluster", action="store_true", help="on two Dask workers that are started for this")
    asked = parser.parse_args()
    amiss = 0
    with tempfile.TemporaryDirectory(prefix="many-") as name:
        folder = Path(name)
        kinds = _make_class(folder / "class", asked.submissions)
        with _cluster(folder) if asked.cluster else nullcontext() as cluster:
            for run in ("first run", "rerun"):
                print(f"{run} of {asked.submissions} submissions, load {os.getloadavg()[0]:.1f}", flush=True)
                began = time.monotonic()
                command = [sys.executable, "-m", "benchmarks.many_run", str(folder / "class"), str(folder / "out")]
                subprocess.run([*command, *([cluster.address] if cluster else [])], cwd=REPOSITORY, check=True)
                print(f"  {time.monotonic() - began:.0f} s on the wall", flush=True)
                if cluster:
                    cluster.say()
                amiss += _count(folder / "out", kinds)
    sys.exit(bool(amiss))


def _make_class(folder: Path, submissions: int) -> dict[str, str]:
    """Write the class; the kind of each submission, by its id."""
    kinds = {f"s{number:05}": KINDS[number % len(KINDS)] for number in range(submissions)}
    for id, kind in kinds.items():
        shutil.copytree(REPOSITORY / "tests/submissions/cnn" / kind, folder / id)
        for path in (folder / id).rglob("*.py"):
            path.write_bytes(path.read_bytes() + MARK.format(id=id).encode())
    return kinds


def _count(out: Path, kinds: Mapping[str, str]) -> int:
    """Look at what lies in the results, with nothing of grader's; how many of the class are not as they should be."""
    reports = Counter(json.loads(path.read_bytes())["submission"] for path in out.glob("students/*/report.json"))
    pages = Counter(path.parent.name for path in out.glob("students/*/report.html"))
    rows = list(csv.DictReader((out / "grades.csv").read_text(encoding="utf-8").splitlines()))
    book = Counter(row["id"] for row in json.loads((out / "gradebook.json").read_bytes())["rows"])
    places = (reports, pages, book, Counter(row["id"] for row in rows))
    lost = {id for id in kinds for place in places if not place[id]}
    doubled = {id for place in places for id, times in place.items() if times > 1 or id not in kinds}
    grades = {row["id"]: (row["state"], row["points"], row["max_points"]) for row in rows}
    usual = {kind: Counter(grades.get(id) for id in kinds if kinds[id] == kind).most_common(1)[0][0] for kind in KINDS}
    otherwise = {id for id, kind in kinds.items() if grades.get(id) != usual[kind]}
    there = f"{len(rows)} rows, {sum(reports.values())} reports, {sum(pages.values())} pages"
    amiss = f"{len(lost)} lost, {len(doubled)} doubled or strange, {len(otherwise)} graded unlike others of the kind"
    print(f"  {there}: {amiss}", flush=True)
    return len(lost | doubled | otherwise)


@dataclass
class Cluster:
    """A scheduler and its workers, as processes of this machine."""

    address: str
    processes: dict[str, subprocess.Popen[bytes]]

    def say(self) -> None:
        """Print what each holds, and what it has taken since it started."""
        for name, process in self.processes.items():
            print(f"  {name:28} {memory(process.pid):6.0f} MiB {processor_time(process.pid):9.2f} s since it started")


@contextmanager
def _cluster(folder: Path) -> Iterator[Cluster]:
    place = folder / "scheduler.json"
    shut = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str, *arguments: str | Path) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", "dask", *arguments, *shut]
            processes[name] = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log)

    def wait_for(path: Path, words: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not path.exists() or words not in path.read_text():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} does not say {words!r}")
            time.sleep(0.2)

    try:
        start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", place)
        wait_for(place, "address")
        address = json.loads(place.read_bytes())["address"]
        for number in range(WORKERS):
            start(f"worker {number}", "worker", address, "--nthreads", "1", "--memory-limit", "0", "--no-nanny",
                  "--local-directory", folder, "--preload", "benchmarks.recorded_worker")  # fmt: skip
        for number in range(WORKERS):
            wait_for(folder / f"worker {number}.log", "Registered to")
        yield Cluster(address, processes)
    finally:
        for process in reversed(processes.values()):
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
