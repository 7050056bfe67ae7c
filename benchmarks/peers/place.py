"""Where a peer grades one class: a folder with the course, the class and what the peer makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PROVIDED = ("__init__.py", "mlp.py")
JOBS = 2  # submissions at a time, of those that are graded each by a command of its own


@dataclass(frozen=True)
class Place:
    """A class in a folder of its own, and the Python of the peer that grades it.

    assignments/ assets/ expected.pt points.json   the course
    class/ID/hw                                    what each student submitted
    merged/ID/hw                                   the same with the provided files
    out/                                           what the peer writes
    """

    folder: Path
    python: Path
    course: Path  # of which the folder has a copy; peers may keep there what they make of it for every class

    @property
    def students(self) -> list[str]:
        """Their ids."""
        return sorted(each.name for each in (self.folder / "class").iterdir())

    @property
    def out(self) -> Path:
        """For what the peer writes."""
        return self.folder / "out"

    def submission(self, student: str) -> Path:
        """The folder that holds the student's package `hw`."""
        return self.folder / "merged" / student

    def tests(self) -> dict[str, float]:
        """The points of each test by its label."""
        points: dict[str, float] = json.loads((self.folder / "points.json").read_text())
        return points

    def worth(self, labels: Sequence[str]) -> float:
        """The points of the tests with these labels."""
        points = self.tests()
        return sum(points.get(label, 0) for label in set(labels))

    def program(self, name: str) -> str:
        """One that was installed with the peer."""
        return str(self.python.with_name(name))

    def environment(self) -> dict[str, str]:
        """Of every command of a peer."""
        return {
            "PATH": f"{self.python.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(REPOSITORY),
            "COURSE": str(self.folder),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # those of the grader's environment can be seen, see `environments`
        }


class Peer(Protocol):
    """What a module of a peer has."""

    @property
    def NAME(self) -> str:
        """As the page has it."""

    @property
    def PACKAGES(self) -> tuple[str, ...]:
        """To install; their versions are on the page."""

    @property
    def HOW(self) -> str:
        """It was run: a sentence for the page."""

    def prepare(self, place: Place) -> None:
        """Whatever a teacher does before students submit, and how the class is laid out. Not measured."""

    def commands(self, place: Place) -> list[list[str]]:
        """Commands that grade the class; where there are several, `JOBS` are run at a time."""

    def afterwards(self, place: Place) -> list[list[str]]:
        """Commands that write down the points, where others read those. Not measured."""

    def points(self, place: Place) -> dict[str, float | None]:
        """By student; None where the peer has left no result."""


def make_place(folder: Path, python: Path, course: Path, submissions: Mapping[str, Mapping[str, str]]) -> Place:
    """A copy of the course with a class: by student, the text of each file of `hw`."""
    for part in ("assignments", "assets", "solutions"):
        shutil.copytree(course / part, folder / part)
    for file in ("expected.pt", "points.json"):
        shutil.copy(course / file, folder)
    provided = {name: (course / "assignments/cnn/hw" / name).read_text() for name in PROVIDED}
    for student, files in submissions.items():
        for kind, all_files in (("class", files), ("merged", {**files, **provided})):
            package = folder / kind / student / "hw"
            package.mkdir(parents=True)
            for name, text in all_files.items():
                (package / name).write_text(text)
    for made in ("out", "home"):
        (folder / made).mkdir()
    return Place(folder, python, course)


def write_expected(course: Path) -> None:
    """What the reference solution gives on this machine, for the peers."""
    environment = {**os.environ, "COURSE": str(course), "PYTHONPATH": f"{REPOSITORY}:{course / 'solutions/cnn'}"}
    subprocess.run([sys.executable, "-m", "benchmarks.peers.usual"], cwd=course, env=environment, check=True)
