"""otter-grader: `otter run` for each submission, a zip of the student's package and a notebook."""

from __future__ import annotations

import json
import zipfile

from benchmarks.peers.gradescope_utils import score
from benchmarks.peers.place import Place

NAME = "otter-grader"
PACKAGES = ("otter-grader", "ipykernel")
HOW = "`otter run` for each submission, a zip with a notebook, a test file for each test; points from its results.json"
TEST = """
from otter.test_files import test_case
from benchmarks.peers import usual

OK_FORMAT = False
name = {label!r}
points = {points!r}

@test_case()
def test():
    usual.test({label!r})
"""
NOTEBOOK = {
    "cells": [{"cell_type": "code", "id": "hw", "execution_count": None, "outputs": [], "metadata": {}, "source": ""}],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def prepare(place: Place) -> None:
    """Write autograder.zip, and each student's zip."""
    with zipfile.ZipFile(place.folder / "autograder.zip", "w") as made:
        made.writestr("otter_config.json", "{}")
        for label, points in place.tests().items():
            made.writestr(f"tests/{label}.py", TEST.format(label=label, points=points))
    (place.folder / "zips").mkdir()
    for student in place.students:
        (place.out / student).mkdir()
        with zipfile.ZipFile(place.folder / f"zips/{student}.zip", "w") as submitted:
            submitted.writestr("cnn.ipynb", json.dumps(NOTEBOOK))
            for file in sorted((place.submission(student) / "hw").iterdir()):
                submitted.write(file, f"hw/{file.name}")


def commands(place: Place) -> list[list[str]]:
    """One for each submission."""
    otter = [place.program("otter"), "run", "--no-logo", "-a", str(place.folder / "autograder.zip")]
    return [[*otter, "-o", str(place.out / student), str(place.folder / f"zips/{student}.zip")]
            for student in place.students]  # fmt: skip


def afterwards(place: Place) -> list[list[str]]:
    """Nothing."""
    return []


def points(place: Place) -> dict[str, float | None]:
    """The sum in its results."""
    return {student: score(place.out / student / "results.json") for student in place.students}
