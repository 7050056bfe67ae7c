"""The same checks of `cnn` on the same submissions, by grader and by what other courses use. Run: `make bench-peers`.

Prints docs/benchmarks.md, or writes it. Everything on that page is measured in this run.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks.grading import EARLY_STOP, NO_EARLY_STOP, STYLES, make_course
from benchmarks.peers import (
    environments,
    gradescope_utils,
    hostile,
    measure,
    nbgrader,
    otter,
    page,
    plain_pytest,
    room,
    xdist,
)
from benchmarks.peers.ours import PLAIN, TWINS, Baseline
from benchmarks.peers.page import Round, Row
from benchmarks.peers.place import JOBS, PROVIDED, REPOSITORY, Peer, Place, make_place, write_expected
from benchmarks.peers.trials import KEPT, Trials
from grader.core.version import VERSION
from grader.kernel import process

PEERS: Mapping[str, Peer] = {
    "pytest": plain_pytest, "xdist": xdist, "gradescope": gradescope_utils, "nbgrader": nbgrader, "otter": otter,
}  # fmt: skip
OURS: tuple[Peer, ...] = (PLAIN, TWINS)
TEMPLATE = Path(__file__).with_name("page.md")
SECONDS = 1800  # for one honest class, whatever else the machine does


def main() -> None:
    """Measure all, and print the page."""
    asked = arguments()
    process.adopt_orphans()
    began = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="peers-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        peers = {name: PEERS[name] for name in asked.peers}
        pythons, rows = install(peers, asked.environments or folder / "environments")
        course = make_course(folder / "course", EARLY_STOP, 0)
        write_expected(course)
        whole = Timing(folder / "timed", course, asked.submissions)
        ways: list[Peer] = [Baseline(), *OURS, *(peer for peer in peers.values() if peer.NAME in pythons)]
        for number in range(asked.rounds):
            for way in ways:
                tell(f"round {number + 1} of {asked.rounds}: {way.NAME}")
                rows[way.NAME].rounds.append(whole.time(way, pythons[way.NAME]))
        for way in ways:
            tell(f"memory: {way.NAME}")
            rows[way.NAME].memory = whole.memory(way, pythons[way.NAME])
        trained = make_course(folder / "all-epochs", NO_EARLY_STOP, 0)
        write_expected(trained)
        compared: tuple[Peer, ...] = (Baseline(), PLAIN)
        long_rows = [Row(way.NAME, way.HOW) for way in compared]
        long = Timing(folder / "long", trained, asked.submissions)
        for _ in range(asked.rounds):
            for row, way in zip(long_rows, compared, strict=True):
                tell(f"all 25 epochs: {way.NAME}")
                row.rounds.append(long.time(way, Path(sys.executable)))
        for row, way in zip(long_rows, compared, strict=True):
            row.memory = long.memory(way, Path(sys.executable))
        trials = Trials(folder / "trials", course, asked.limit, right(STYLES[0]))
        for way in [PLAIN, *ways[3:]]:
            tell(f"hostile submissions: {way.NAME}")
            trials.run(way, pythons[way.NAME], rows[way.NAME])
    text = write(asked, began, list(rows.values()), long_rows)
    if asked.write:
        asked.write.write_text(text)
    else:
        print(text, end="")


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--submissions", type=int, default=6, help=f"of a class; more than {JOBS}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), metavar="PEER", help=", ".join(PEERS))
    parser.add_argument("--limit", type=float, default=90, help="seconds for a class with a hostile submission")
    parser.add_argument(
        "--environments", type=Path, help="a folder to keep the peers' environments in, for another run"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="instead of printing the page")
    asked = parser.parse_args()
    if asked.submissions <= JOBS:
        parser.error(f"--submissions: {asked.submissions} is too few; ask for more than {JOBS}")
    return asked


def install(peers: Mapping[str, Peer], folder: Path) -> tuple[dict[str, Path], dict[str, Row]]:
    """By name: the Python of each that can be run, and a row for each."""
    pythons, rows = {}, {}
    for way in (Baseline(), *OURS, *peers.values()):
        tell(f"installing: {way.NAME}")
        environment = environments.make(way, folder.resolve() / way.NAME.replace(" ", "-"))
        rows[way.NAME] = Row(way.NAME, way.HOW, environment.versions, environment.problem)
        if not environment.problem:
            pythons[way.NAME] = environment.python
    return pythons, rows


def right(style: str) -> hostile.Files:
    """A right solution: the text of each file that a student submits."""
    files = sorted((REPOSITORY / "tests/submissions/cnn" / style / "hw").glob("*.py"))
    return {file.name: file.read_text() for file in files if file.name not in PROVIDED}


class Timing:
    """Times the same class of right solutions, and a small one, again and again."""

    def __init__(self, folder: Path, course: Path, submissions: int) -> None:
        self._folder, self._course, self._submissions = folder, course, submissions
        self._classes = 0

    def time(self, way: Peer, python: Path) -> Round:
        """Of one way to grade."""
        small, whole = self._class(way, python, JOBS), self._class(way, python, self._submissions)
        return Round(self._submissions, whole, JOBS, small)

    def memory(self, way: Peer, python: Path) -> float:
        """What the whole class takes at the most, in MiB: in a run of its own, as looking takes time."""
        place = self._place(way, python, self._submissions)
        return measure.memory(place, way.commands(place), SECONDS)

    def _place(self, way: Peer, python: Path, submissions: int) -> Place:
        self._classes += 1
        solutions = {f"student{number}": right(STYLES[number % len(STYLES)]) for number in range(submissions)}
        place = make_place(self._folder / str(self._classes), python, self._course, solutions)
        way.prepare(place)
        return place

    def _class(self, way: Peer, python: Path, submissions: int) -> measure.Taken:
        place = self._place(way, python, submissions)
        taken = measure.run(place, way.commands(place), SECONDS)
        measure.run(place, way.afterwards(place), SECONDS)
        full = sum(place.tests().values())
        wrong = {student: points for student, points in way.points(place).items() if points != full}
        if wrong or not taken.ended:
            log = "".join(file.read_text()[-2000:] for file in sorted(place.folder.glob("log*.txt"))[:1])
            raise SystemExit(f"{way.NAME}: right solutions do not get {full} points but {wrong}\n{log}")
        return taken


def write(asked: argparse.Namespace, load: float, rows: list[Row], long_rows: list[Row]) -> str:
    """The page."""
    ours = [way.NAME for way in OURS]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy"))
    behind = page.behind(rows, ours) or ["No peer is ahead of grader in any of these figures."]
    ways = "\n".join(f"- **{row.name}**{f' ({row.versions})' if row.versions else ''}: {row.how}." for row in rows)
    return TEMPLATE.read_text().format(
        command=f"python -m benchmarks.peers --submissions {asked.submissions} --rounds {asked.rounds} "
        f"--limit {asked.limit:.0f} --peers {' '.join(asked.peers)}",
        date=datetime.date.today().isoformat(), version=VERSION, libraries=libraries, python=platform.python_version(),
        cores=len(os.sched_getaffinity(0)), load=f"{load:.1f}", submissions=asked.submissions, rounds=asked.rounds,
        few=JOBS, jobs=JOBS, limit=f"{asked.limit:.0f}",
        kept=KEPT >> 20, memory=room.MEMORY >> 30, look=measure.EVERY, ways=ways, costs=page.costs(rows),
        behind="\n".join(behind),
        long=page.costs(long_rows),
        survived=page.outcomes(rows, "survived", list(hostile.BAD)),
        credited=page.outcomes(rows, "credited", list(hostile.FORGERIES)),
    )  # fmt: skip


def tell(what: str) -> None:
    """Say on the terminal what is done now."""
    print(f"{datetime.datetime.now():%H:%M:%S} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
