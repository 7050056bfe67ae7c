"""A submission that does none of the work and sends what it can know: how many points that gives.

`attacks/forgers/<assignment>.py` has a function for each check that something can be claimed of; its two constants are
the points. It knows the handout, all probes, their data and the seeds that they run under, and computes whatever needs
no module of the assignment. Once it has the published expected values too, which every student has.
"""

import ast
import base64
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.assignment import Assignment, load_assignment
from grader.checks.criteria import accuracy
from grader.grading.session import Checks, Session
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
FORGERS = ROOT / "tests/attacks/forgers"
NAMES = sorted(path.parent.name for path in ROOT.glob("assignments/*/assignment.toml"))
MOST = {"CLAIMS": Fraction(5, 100), "WITH_PUBLISHED_VALUES": Fraction(15, 100)}
MOST_FOR_LABELS = Fraction(2, 100)


@pytest.mark.parametrize("knows", MOST)
@pytest.mark.parametrize("name", NAMES)
def test_a_forger_gets_few_points(name: str, knows: str, best: Sandbox, tmp_path: Path) -> None:
    """Exactly those that its file says, and no more of the whole than is allowed."""
    assignment = load_assignment(ROOT / "assignments" / name)
    forger = (FORGERS / f"{name}.py").read_text(encoding="utf-8")
    published = _published(assignment) if knows == "WITH_PUBLISHED_VALUES" else {}
    _write(assignment, forger, published, tmp_path)
    session = Session.of(best, assignment, checks=Checks.ALL)
    report = session.grade(read_submission(tmp_path, assignment.manifest, id="forger"))
    gained = ", ".join(f"{verdict.name} {verdict.points}" for verdict in report.verdicts if verdict.points)
    assert report.points == Fraction(_constant(forger, knows)), gained
    assert report.points <= MOST[knows] * report.max_points, gained
    if knows == "CLAIMS":
        assert _by_labels(assignment, report) <= MOST_FOR_LABELS * report.max_points, gained


def _published(assignment: Assignment) -> dict[str, str]:
    """The files that students have, by check."""
    files = {check.name: assignment.expected_folder / f"{check.name}.safetensors" for check in assignment.public}
    return {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}


def _write(assignment: Assignment, forger: str, published: dict[str, str], folder: Path) -> None:
    """A submission that forges: a notebook does so in its only cell, a module when anything of it is asked for."""
    claims = f"CLAIMS = dict(globals())\nPUBLISHED = {json.dumps(published)}\n"
    source = f"{(FORGERS / 'forging.py').read_text(encoding='utf-8')}\n{forger}\n{claims}"
    manifest = assignment.manifest
    if manifest.notebook:
        cell: dict[str, Any] = {
            "cell_type": "code",
            "id": "forges",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        cells = [{**cell, "source": f"{source}\nforge(CLAIMS, PUBLISHED)\n"}]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / manifest.notebook).write_text(json.dumps(notebook), encoding="utf-8")
        return
    source += "\n\ndef __getattr__(name):\n    forge(CLAIMS, PUBLISHED)\n    raise AttributeError(name)\n"
    (folder / manifest.package).mkdir()
    for file in manifest.files:
        (folder / manifest.package / file).write_text(source, encoding="utf-8")


def _constant(forger: str, name: str) -> str:
    """What the forger's file says of itself; it is not run here."""
    assigned = [each for each in ast.parse(forger).body if isinstance(each, ast.Assign)]
    (value,) = (each.value for each in assigned if ast.unparse(each.targets[0]) == name)
    return str(ast.literal_eval(value))


def _by_labels(assignment: Assignment, report: Report) -> Fraction:
    """The points of checks of accuracy whose labels lie beside the data."""
    open_ = {
        check.name
        for check in assignment.checks
        if any(isinstance(each, accuracy) and each.labels not in check.withhold for each in check.criteria)
    }
    return sum((verdict.points for verdict in report.verdicts if verdict.check in open_), Fraction(0))
