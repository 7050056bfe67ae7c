"""Every assignment that ships: its expected values hold, its reference gets full marks, its stub gets nothing."""

from fractions import Fraction
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.expected import load_expected, read, reference_folder
from grader.grading import grade, prepare
from grader.regeneration import Change, regenerate
from grader.report import State
from grader.sandbox import Sandbox
from grader.submission import read_submission
from grader.verdict import Outcome

REPOSITORY = Path(__file__).resolve().parent.parent
NAMES = sorted(path.parent.name for path in REPOSITORY.glob("assignments/*/assignment.toml"))


@pytest.fixture(params=NAMES)
def assignment(request: pytest.FixtureRequest) -> Assignment:
    """Each assignment."""
    return load_assignment(REPOSITORY / "assignments" / request.param)


def test_expected_values_are_there_and_fresh(assignment: Assignment) -> None:
    """Whoever changes a check, its data or the reference also regenerates."""
    assert load_expected(assignment, assignment.checks).keys() == {check.name for check in assignment.checks}


def test_spread_is_far_below_every_tolerance(assignment: Assignment) -> None:
    """No saved value varied by more than 1e-4 between threads and with or without oneDNN: tolerances leave room."""
    for check in assignment.checks:
        saved = read(assignment.expected_folder / f"{check.name}.safetensors")
        assert max((gap for named in saved.spread.values() for gap in named.values()), default=0.0) < 1e-4, check.name


@pytest.mark.slow
def test_the_reference_gets_full_marks(assignment: Assignment, best: Sandbox) -> None:
    """What instructors hold students to, they meet themselves, hidden checks included."""
    folder = reference_folder(assignment)
    assert folder is not None
    submission = read_submission(folder, assignment.manifest.package, assignment.manifest.files)
    report = grade(prepare(assignment, assignment.checks), submission, best)
    assert {verdict.name for verdict in report.verdicts if verdict.outcome is not Outcome.PASSED} == set()
    assert report.points == assignment.max_points > 0
    assert all(answer.text for answer in report.answers)


@pytest.mark.slow
def test_the_untouched_stub_earns_nothing(assignment: Assignment, best: Sandbox) -> None:
    """A student who has not begun has no point, and is told so: NOT_ATTEMPTED everywhere."""
    manifest = assignment.manifest
    submission = read_submission(assignment.folder, manifest.package, manifest.files, id="stub")
    report = grade(prepare(assignment, assignment.checks), submission, best)
    assert report.state is State.GRADED
    assert report.points == Fraction(0)
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.NOT_ATTEMPTED}


@pytest.mark.slow
def test_regenerating_an_unchanged_tree_changes_no_byte(assignment: Assignment, best: Sandbox) -> None:
    """Whatever CPU this runs on: values that agree leave the files alone."""
    before = {path: path.read_bytes() for path in assignment.expected_folder.iterdir()}
    results = regenerate(assignment, best, jobs=2, done=lambda name: None)
    assert {result.change for result in results} == {Change.UNCHANGED}
    assert {path: path.read_bytes() for path in assignment.expected_folder.iterdir()} == before
