"""nbgrader: one `nbgrader autograde` for the class; each test is a cell of a notebook beside the student's package."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from benchmarks.peers.place import Place

NAME = "nbgrader"
PACKAGES = ("nbgrader",)
HOW = (
    "one `nbgrader autograde` for the class, a cell for each test, settings as they come; points from `nbgrader export`"
)
_LOCK = threading.Lock()
SETTINGS = """
c = get_config()
c.CourseDirectory.course_id = "course"
c.IncludeHeaderFooter.header = ""
"""


def prepare(place: Place) -> None:
    """Put the assignment's notebook beside each student's package."""
    with _LOCK:
        if not (made := place.course / "nb").exists():
            _make_assignment(place, made)
    course = shutil.copytree(made, place.folder / "nb")
    for student in place.students:
        submitted = course / "submitted" / student / "cnn"
        shutil.copytree(place.submission(student), submitted)
        shutil.copy(course / "release/cnn/cnn.ipynb", submitted)


def _make_assignment(place: Place, course: Path) -> None:
    """With `nbgrader generate_assignment`, once for all classes: the release, and the gradebook that knows it."""
    source = course / "source/cnn"
    source.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(SETTINGS)
    (source / "cnn.ipynb").write_text(json.dumps(notebook(place.tests())))
    generate = [place.program("nbgrader"), "generate_assignment", "cnn"]
    subprocess.run(generate, cwd=course, env=place.environment(), check=True, capture_output=True)


def commands(place: Place) -> list[list[str]]:
    """One for the class."""
    return [["env", "-C", str(place.folder / "nb"), place.program("nbgrader"), "autograde", "cnn"]]


def afterwards(place: Place) -> list[list[str]]:
    """Have it export the points."""
    export = [place.program("nbgrader"), "export", "--to", str(place.out / "grades.csv")]
    return [["env", "-C", str(place.folder / "nb"), *export]]


def points(place: Place) -> dict[str, float | None]:
    """As nbgrader has exported them; it says 0 of those that it could not run, too."""
    try:
        found = scores((place.out / "grades.csv").read_text())
    except OSError:
        found = {}
    graded = {each.name for each in (place.folder / "nb/autograded").glob("*") if (each / "cnn/cnn.ipynb").exists()}
    return {student: found.get(student) if student in graded else None for student in place.students}


def scores(table: str) -> dict[str, float | None]:
    """By student, from an exported table."""
    rows = csv.DictReader(table.splitlines())
    return {row["student_id"]: float(row["raw_score"]) if row["raw_score"] else None for row in rows}


def notebook(tests: dict[str, float]) -> dict[str, Any]:
    """The assignment's notebook."""
    first = _cell("imports", "from benchmarks.peers import usual", {"solution": False, "grade": False, "locked": True})
    cells = [
        _cell(label, f"usual.test({label!r})", {"solution": False, "grade": True, "locked": True, "points": points})
        for label, points in tests.items()
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": [first, *cells], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


def _cell(name: str, source: str, nbgrader: dict[str, Any]) -> dict[str, Any]:
    about = {"nbgrader": {"schema_version": 3, "grade_id": name, "task": False, "cell_type": "code", **nbgrader}}
    return {
        "cell_type": "code", "id": name[:64], "execution_count": None, "outputs": [], "metadata": about,
        "source": source,
    }  # fmt: skip
