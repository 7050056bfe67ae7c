"""gradescope-utils, as Gradescope's own example has it: one process for each submission."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.peers.place import Place

NAME = "gradescope-utils"
PACKAGES = ("gradescope-utils",)
HOW = "`JSONTestRunner` in one process for each submission, as in Gradescope's example; points from its results.json"
RUN = """
import sys, unittest
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
from benchmarks.peers import usual

class TestCnn(unittest.TestCase):
    pass

def test_of(label):
    @weight(usual.POINTS[label])
    def test(self):
        usual.test(label)
    return test

for label in usual.TESTS:
    setattr(TestCnn, f"test_{label}", test_of(label))

with open(sys.argv[1], "w") as file:
    JSONTestRunner(visibility="visible", stream=file).run(unittest.defaultTestLoader.loadTestsFromTestCase(TestCnn))
"""


def prepare(place: Place) -> None:
    """Write run_tests.py."""
    (place.folder / "run_tests.py").write_text(RUN)


def commands(place: Place) -> list[list[str]]:
    """One for each submission."""
    return [
        ["env", f"PYTHONPATH={place.environment()['PYTHONPATH']}:{place.submission(student)}", str(place.python),
         str(place.folder / "run_tests.py"), str(_results(place, student))]
        for student in place.students
    ]  # fmt: skip


def afterwards(place: Place) -> list[list[str]]:
    """Nothing."""
    return []


def points(place: Place) -> dict[str, float | None]:
    """The sum in its results."""
    return {student: score(_results(place, student)) for student in place.students}


def score(file: Path) -> float | None:
    """The sum of the scores of all tests; None where there are no results."""
    try:
        return sum(float(test.get("score", 0)) for test in json.loads(file.read_text())["tests"])
    except (OSError, ValueError, KeyError):
        return None


def _results(place: Place, student: str) -> Path:
    return place.out / f"{student}.json"
