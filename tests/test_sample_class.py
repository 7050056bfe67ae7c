"""A sample class of `cnn`, graded as a whole: every submission gets the outcomes, points and words it should."""

import csv
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.core.limits import Level
from grader.core.verdict import Verdict
from grader.results.report import Report, State, from_json
from grader.sandbox.levels import why_not

pytestmark = [pytest.mark.long, pytest.mark.timeout(1000)]  # the first waits for the whole class

ROOT = Path(__file__).parents[1]
CLASS = ROOT / "tests/submissions/cnn"
WANTED: Mapping[str, dict[str, Any]] = tomllib.loads((CLASS / "expected_outcomes.toml").read_text(encoding="utf-8"))
BEHAVIOURS = sorted(WANTED)
FORGERS = [name for name in BEHAVIOURS if "forges" in WANTED[name]]


@dataclass(frozen=True, slots=True)
class Graded:
    """What `grader grade` left behind."""

    run: subprocess.CompletedProcess[str]
    out: Path

    def report(self, behaviour: str) -> Report:
        """Staff's report on one submission."""
        return from_json((self.out / "students" / behaviour / "report.json").read_bytes())

    def rows(self) -> list[dict[str, str]]:
        """The gradebook."""
        with (self.out / "grades.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The whole class, graded once in isolated rooms."""
    if reason := why_not(Level.ISOLATED):
        pytest.skip(f"hostile code runs in isolated rooms only: {reason}")
    out = tmp_path_factory.mktemp("sample_class")
    command = [sys.executable, "-c", "from grader.cli.app import main; main()", "grade", "cnn", str(CLASS)]
    run = subprocess.run(
        [*command, "--out", str(out), "--sandbox", "isolated"],
        cwd=ROOT, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return Graded(run, out)


def test_every_submission_has_its_expected_outcomes() -> None:
    """Each folder has a table and each table a folder."""
    assert sorted(path.name for path in CLASS.iterdir() if path.is_dir()) == BEHAVIOURS


def test_submissions_hold_only_python_files_and_no_trace_of_the_reference() -> None:
    """A submission is a student's own: no caches, no data, no markers of the reference solution."""
    files = [path for path in CLASS.rglob("*") if path.is_file() and path.parent != CLASS]
    files = [path for path in files if "__pycache__" not in path.parts]
    assert {path.suffix for path in files} == {".py"}
    assert [path for path in files if b"SOLUTION" in path.read_bytes()] == []


def test_the_untouched_stub_is_the_stub() -> None:
    """The one who did nothing submitted exactly what the assignment gives out."""
    given, submitted = ROOT / "assignments/cnn/hw", CLASS / "untouched_stub/hw"
    assert {path.name: path.read_bytes() for path in submitted.glob("*.py")} == {
        path.name: path.read_bytes() for path in given.glob("*.py")
    }


@pytest.mark.slow
def test_every_submission_is_graded(graded: Graded) -> None:
    """Nobody is left out of the gradebook or without a page, whatever the others did."""
    assert [row["id"] for row in graded.rows()] == BEHAVIOURS
    assert {row["state"] for row in graded.rows()} == {State.GRADED}
    for behaviour in BEHAVIOURS:
        folder = graded.out / "students" / behaviour
        assert (folder / "report.json").is_file()
        assert "</html>" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_outcomes_and_points_are_as_written(graded: Graded, behaviour: str) -> None:
    """Every case of every check has the outcome in the table, and the points add up to its total."""
    wanted = WANTED[behaviour]
    report = graded.report(behaviour)
    seen = {verdict.name: str(verdict.outcome) for verdict in report.verdicts}
    assert seen == {verdict.name: _wanted_outcome(wanted, verdict) for verdict in report.verdicts}
    assert report.points == Fraction(wanted["points"])
    (row,) = [row for row in graded.rows() if row["id"] == behaviour]
    assert Fraction(row["points"]) == Fraction(wanted["points"])
    assert wanted.get("note", "") in row["note"]


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", [name for name in BEHAVIOURS if "says" in WANTED[name]])
def test_messages_help(graded: Graded, behaviour: str) -> None:
    """The student reads what went wrong, where, and what to do."""
    said = {
        verdict.name: "\n".join((verdict.message, verdict.next_step, *verdict.evidence))
        for verdict in graded.report(behaviour).verdicts
    }
    for name, words in WANTED[behaviour]["says"].items():
        assert words in said[name]


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", FORGERS)
def test_forging_earns_nothing(graded: Graded, behaviour: str) -> None:
    """No check that was forged gives a point."""
    patterns = WANTED[behaviour]["forges"]
    forged = [
        verdict
        for verdict in graded.report(behaviour).verdicts
        if any(fnmatch(verdict.check, pattern) for pattern in patterns)
    ]
    assert forged
    assert {verdict.name: verdict.points for verdict in forged if verdict.points} == {}


@pytest.mark.slow
def test_a_search_of_the_room_finds_only_what_the_check_gives(graded: Graded) -> None:
    """The one who reads every file of tensors on the machine found the images of one check, and nothing else."""
    log = (graded.out / "students/reads_expected/log.txt").read_text(encoding="utf-8")
    found = {Path(line.removeprefix("read ")).name for line in log.splitlines() if line.startswith("read ")}
    assert found == {"tiny_images.safetensors"}


def _wanted_outcome(wanted: Mapping[str, Any], verdict: Verdict) -> str:
    outcomes = wanted.get("outcomes", {})
    found: str = outcomes.get(verdict.name) or outcomes.get(verdict.check) or wanted["default"]
    return found
