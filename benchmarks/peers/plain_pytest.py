"""pytest, one process for each submission."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from benchmarks.peers.place import Place

NAME = "pytest"
PACKAGES = ("pytest",)
HOW = "one process for each submission; points from its JUnit file"
TEST = """
import pytest
from benchmarks.peers import usual

@pytest.mark.parametrize("label", usual.TESTS)
def test_cnn(label):
    usual.test(label)
"""


def prepare(place: Place) -> None:
    """Write the file of tests."""
    (place.folder / "test_cnn.py").write_text(TEST)


def commands(place: Place) -> list[list[str]]:
    """One for each submission, started in its folder."""
    pytest = [str(place.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(place.folder / "test_cnn.py")]
    return [
        ["env", "-C", str(place.submission(student)), *pytest, f"--junitxml={_results(place, student)}"]
        for student in place.students
    ]


def afterwards(place: Place) -> list[list[str]]:
    """Nothing."""
    return []


def points(place: Place) -> dict[str, float | None]:
    """Of the tests that passed."""
    found: dict[str, float | None] = {}
    for student in place.students:
        labels = passed(_results(place, student))
        found[student] = None if labels is None else place.worth(labels)
    return found


def passed(file: Path) -> list[str] | None:
    """What stands between brackets in the names of the tests that passed; None where there are no results."""
    try:
        cases = list(ElementTree.parse(file).iter("testcase"))  # of a room's disk: see `room`
    except (OSError, ElementTree.ParseError):
        return None
    names = [case.get("name", "") for case in cases if not len(case)]
    return [name.partition("[")[2].removesuffix("]") for name in names]


def _results(place: Place, student: str) -> Path:
    return place.out / f"{student}.xml"
