"""A small assignment whose submissions are notebooks, and what tests of notebooks do with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.assignment.assignment import Assignment, load_assignment
from grader.grading.context import prepare
from grader.grading.grade import grade
from grader.grading.regenerate import regenerate
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

MANIFEST = """
title = "Scratch"
form = "notebook"
package = "hw"
notebook = "homework.ipynb"
skip_calls = ["train_for_hours"]
reference = "reference"
claimable_percent = 100

[limits]
import_seconds = 4

[[questions]]
id = "why"
title = "Why?"
prompt = "Say why."
rubric = [{ points = 1, text = "Because." }]
"""
CHECKS = '''
from grader import check, close, equal


@check(points=1, seconds=5, expect=[close("twice")])
def doubles(hw):
    """`double` doubles."""
    return {"twice": hw.double(2.0)}


@check(points=1, seconds=5, expect=[close("x")])
def variable(hw):
    """`x` is a number."""
    return {"x": hw.x}


@check(points=1, seconds=5, expect=[equal("words")])
def greets(hw):
    """`greet` greets."""
    return {"words": hw.greet()}
'''
GOOD = ["import math", "def double(v):\n    return 2 * v", "x = double(math.pi)", "def greet():\n    return 'hello'"]


def notebook(*cells: str | dict[str, Any], **other: Any) -> bytes:
    """An `.ipynb` of code cells; a dict is a cell of its own making."""
    made = [
        {"cell_type": "code", "metadata": {}, "source": cell, "outputs": [], "execution_count": None}
        if isinstance(cell, str)
        else cell
        for cell in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **other}).encode()


def markdown(text: str) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def scratch_assignment(folder: Path, sandbox: Sandbox) -> Assignment:
    """A notebook assignment of three checks with expected values, made below `folder`."""
    home = folder / "scratch"
    (home / "reference").mkdir(parents=True)
    (home / "assignment.toml").write_text(MANIFEST)
    (home / "checks.py").write_text(CHECKS)
    (home / "reference" / "homework.ipynb").write_bytes(notebook(*GOOD))
    loaded = load_assignment(home)
    regenerate(loaded, sandbox, jobs=2, done=lambda name: None)
    return loaded


def graded(
    assignment: Assignment, sandbox: Sandbox, folder: Path, content: bytes, name: str = "homework.ipynb"
) -> Report:
    """The report on one notebook."""
    submission = folder / "student"
    submission.mkdir()
    (submission / name).write_bytes(content)
    return grade(prepare(assignment, assignment.checks), read_submission(submission, assignment.manifest), sandbox)


def outcomes(report: Report) -> list[str]:
    """The outcomes in order of the checks."""
    return [verdict.outcome.value for verdict in report.verdicts]
