"""grader itself, as `grader grade` runs it, and the baseline of `make bench`."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from fractions import Fraction

from benchmarks.peers.place import Place


@dataclass(frozen=True)
class Ours:
    """`grader grade` at the level `isolated`."""

    NAME: str
    HOW: str
    twins: bool
    PACKAGES: tuple[str, ...] = ()

    def prepare(self, place: Place) -> None:
        """Leave the secret seeds out where twins are not to run."""
        if not self.twins:
            shutil.rmtree(place.folder / "assets/cnn/secret")

    def commands(self, place: Place) -> list[list[str]]:
        """One for the class."""
        grade = [sys.executable, "-m", "grader", "grade", "cnn", str(place.folder / "class"), "--out", str(place.out)]
        return [["env", "-C", str(place.folder), *grade, "--sandbox", "isolated", "--quiet"]]

    def afterwards(self, place: Place) -> list[list[str]]:
        """Nothing."""
        return []

    def points(self, place: Place) -> dict[str, float | None]:
        """As the gradebook has them."""
        try:
            rows = json.loads((place.out / "gradebook.json").read_text())["rows"]
        except (OSError, ValueError, KeyError):
            return dict.fromkeys(place.students)
        return {**dict.fromkeys(place.students), **{row["id"]: worth(row["points"]) for row in rows}}


def worth(points: str | None) -> float | None:
    """Points as a number: the gradebook has them exact, as text, and none for who has no report."""
    return None if points is None else float(Fraction(points))


class Baseline:
    """A warm process that forks once for each submission and only runs the probes; it judges nothing."""

    NAME = "baseline"
    PACKAGES: tuple[str, ...] = ()
    HOW = "one warm process forks for each submission and runs the probes: nothing is contained, nothing is judged"

    def prepare(self, place: Place) -> None:
        """Nothing."""

    def commands(self, place: Place) -> list[list[str]]:
        """One for the class."""
        run = 'echo run | "$0" -m benchmarks.baseline "$1" published'
        return [["sh", "-c", run, sys.executable, str(place.folder)]]

    def afterwards(self, place: Place) -> list[list[str]]:
        """Nothing."""
        return []

    def points(self, place: Place) -> dict[str, float | None]:
        """It fails where a probe does, and gives no points."""
        return {}


PLAIN = Ours(
    "grader, without twins", "`grader grade --sandbox isolated`, without secret inputs as the others", twins=False
)
TWINS = Ours("grader, with twins", "the same with its secret inputs, as it grades a class", twins=True)
