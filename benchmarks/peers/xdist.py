"""pytest-xdist: one run for the whole class, so that each of its workers imports torch once."""

from __future__ import annotations

from benchmarks.peers.place import JOBS, Place
from benchmarks.peers.plain_pytest import passed

NAME = "pytest-xdist"
PACKAGES = ("pytest", "pytest-xdist")
HOW = f"one run for the class with {JOBS} workers, each submission in one of them; points from its JUnit file"
TEST = """
import os, sys
import pytest
from benchmarks.peers import usual

CLASS = usual.COURSE / "merged"

@pytest.mark.parametrize(
    ("student", "label"),
    [
        pytest.param(student, label, marks=pytest.mark.xdist_group(student), id=f"{student}/{label}")
        for student in sorted(os.listdir(CLASS)) for label in usual.TESTS
    ],
)
def test_cnn(student, label, monkeypatch):
    folder = str(CLASS / student)
    package = sys.modules.get("hw")
    if package and os.path.dirname(os.path.dirname(package.__file__)) != folder:  # another student's
        for name in [name for name in sys.modules if name.partition(".")[0] == "hw"]:
            del sys.modules[name]
    monkeypatch.syspath_prepend(folder)
    usual.test(label)
"""


def prepare(place: Place) -> None:
    """Write the file of tests."""
    (place.folder / "test_class.py").write_text(TEST)


def commands(place: Place) -> list[list[str]]:
    """One for the class."""
    pytest = [str(place.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist"]
    how = ["-n", str(JOBS), "--dist", "loadgroup", f"--junitxml={place.out / 'class.xml'}"]
    return [["env", "-C", str(place.folder), *pytest, *how, "test_class.py"]]


def afterwards(place: Place) -> list[list[str]]:
    """Nothing."""
    return []


def points(place: Place) -> dict[str, float | None]:
    """Of the tests that passed."""
    names = passed(place.out / "class.xml")
    if names is None:
        return dict.fromkeys(place.students)
    by_student: dict[str, list[str]] = {student: [] for student in place.students}
    for name in names:
        student, _, rest = name.partition("/")
        by_student.setdefault(student, []).append(rest.partition("@")[0])  # xdist adds the group's name
    return {student: place.worth(labels) for student, labels in by_student.items()}
