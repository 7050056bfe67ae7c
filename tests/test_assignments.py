"""Every assignment that ships: its expected values hold, its reference gets full marks, its stub gets nothing.

And each known wrong solution gets exactly the verdicts that its table in `wrong.toml` says (see `wrong_solutions`).
"""

import ast
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from wrong_solutions import Contexts, Graded, WrongSolution, files_of, read_wrong_solutions, tried

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import load_expected, read, reference_folder
from grader.assignment.student_files import write_student_files
from grader.checks.checks import Check
from grader.checks.criteria import close, equal, labels
from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext
from grader.grading.grade import grade
from grader.grading.regenerate import regenerate
from grader.grading.renewal import Change
from grader.grading.tasks import tasks_of
from grader.results.report import State
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

REPOSITORY = Path(__file__).resolve().parent.parent
NAMES = sorted(path.parent.name for path in REPOSITORY.glob("assignments/*/assignment.toml"))
FEWEST_WRONG = 8

WRONG = [
    wrong for path in sorted(REPOSITORY.glob("solutions/*/wrong.toml")) for wrong in read_wrong_solutions(path.parent)
]


@pytest.fixture(params=NAMES)
def assignment(request: pytest.FixtureRequest) -> Assignment:
    """Each assignment."""
    return load_assignment(REPOSITORY / "assignments" / request.param)


def test_expected_values_are_there_and_fresh(assignment: Assignment) -> None:
    """A change of a check, its data or the reference is followed by regeneration."""
    assert load_expected(assignment, assignment.checks).keys() == {check.name for check in assignment.checks}


def test_spread_is_far_below_every_tolerance(assignment: Assignment) -> None:
    """No saved value that is compared varied by more than 1e-4 between threads and with or without oneDNN."""
    for check in assignment.checks:
        saved = read(assignment.expected_folder / f"{check.name}.safetensors")
        gaps = [gap for named in saved.spread.values() for name, gap in named.items() if is_compared(check, name)]
        assert max(gaps, default=0.0) < 1e-4, check.name


def test_stubs_have_not_drifted(assignment: Assignment, tmp_path: Path) -> None:
    """The students' files are what the reference gives today, byte for byte, and no file more."""
    folder = reference_folder(assignment)
    assert folder is not None
    written = write_student_files(folder, tmp_path, assignment.manifest)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in written}
    of_package = (assignment.folder / assignment.manifest.package).rglob("*.py")
    handed_out = [*of_package, *assignment.folder.rglob("*.ipynb")]
    kept = {path.relative_to(assignment.folder): path.read_bytes() for path in handed_out}
    assert kept.keys() == made.keys()
    assert [str(name) for name in made if kept[name] != made[name]] == []


def test_no_two_checks_have_one_name(assignment: Assignment) -> None:
    """Names of checks are names of files and words in headers: capital letters do not tell them apart."""
    names = [check.name.lower() for check in assignment.checks]
    assert len(set(names)) == len(names)


def test_known_wrong_solutions_can_be_made(assignment: Assignment, contexts: Contexts) -> None:
    """There are enough of them; each changes the reference, leaves it Python, and promises verdicts that there are."""
    wrongs = [wrong for wrong in WRONG if wrong.solution.name == assignment.name]
    assert len(wrongs) >= FEWEST_WRONG
    right = files_of(wrongs[0].solution)
    for wrong in wrongs:
        changed = {name: text for name, text in wrong.files().items() if text != right[name]}
        assert changed
        for name, text in changed.items():
            for source in code_cells(text) if name.endswith(".ipynb") else [text]:
                ast.parse(source)
        names = verdict_names(contexts(assignment.name))
        assert not wrong.promised(names).keys() & wrong.possible(names).keys()


# In a process of its own: in pytest's, other tests have long imported torch's compiler.
JUDGE = """
import sys
from pathlib import Path
from grader.assignment.assignment import load_assignment
from grader.core.observation import Observation
from grader.core.verdict import Outcome
from grader.grading.context import prepare
from grader.grading.judge import judge

assignment = load_assignment(Path(sys.argv[1]))
context = prepare(assignment, assignment.checks)
for check in assignment.checks:
    given = context.given.get(check.name, {})
    for case, expected in context.expected[check.name].values.items():
        verdict = judge(check, case, Observation(expected, 0.0), expected, given)
        assert verdict.outcome is Outcome.PASSED, verdict
assert "torch._dynamo" not in sys.modules
"""


@pytest.mark.process
def test_judging_imports_no_compiler() -> None:
    """The reference's values meet all criteria of `cnn`, and these spend no second on importing one."""
    folder = str(REPOSITORY / "assignments/cnn")
    done = subprocess.run([sys.executable, "-c", JUDGE, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_reference_gets_full_marks(assignment: Assignment, contexts: Contexts, best: Sandbox) -> None:
    """What instructors hold students to, they meet themselves, hidden checks included."""
    context = contexts(assignment.name)
    report = grade(context, reference(context), best)
    assert {verdict.name for verdict in report.verdicts if verdict.outcome is not Outcome.PASSED} == set()
    assert report.points == assignment.max_points > 0
    assert all(answer.text for answer in report.answers)


@pytest.mark.slow
def test_the_untouched_stub_earns_nothing(assignment: Assignment, contexts: Contexts, best: Sandbox) -> None:
    """A student who has not begun has no point, and is told so: NOT_ATTEMPTED everywhere."""
    manifest = assignment.manifest
    submission = read_submission(assignment.folder, manifest, id="stub")
    assert all(each.untouched for each in submission.answers.values())
    report = grade(contexts(assignment.name), submission, best)
    assert report.state is State.GRADED
    assert report.points == Fraction(0)
    assert [answer.id for answer in report.answers if answer.text is not None] == []
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.NOT_ATTEMPTED}


@pytest.mark.long
@pytest.mark.timeout(1800)  # the first waits for all
@pytest.mark.parametrize("wrong", tried(WRONG), ids=[f"{wrong.solution.name}-{wrong.how}" for wrong in tried(WRONG)])
def test_a_known_wrong_solution_gets_exactly_its_verdicts(
    wrong: WrongSolution, contexts: Contexts, graded: Graded
) -> None:
    """What it promises fails in that way, and everything else passes."""
    names = verdict_names(contexts(wrong.solution.name))
    report = graded(wrong)
    failed = {each.name: each for each in report.verdicts if each.outcome is not Outcome.PASSED}
    messages = {name: f"{each.message} {each.next_step}" for name, each in failed.items()}
    outcomes = {name: each.outcome.value for name, each in failed.items()}
    assert dict(outcomes.items() - wrong.possible(names).items()) == wrong.promised(names), messages


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", tried(NAMES))
def test_regenerating_an_unchanged_tree_changes_no_byte(name: str, best: Sandbox) -> None:
    """Whatever CPU this runs on: values that agree leave the files alone."""
    assignment = load_assignment(REPOSITORY / "assignments" / name)
    before = {path: path.read_bytes() for path in assignment.expected_folder.iterdir()}
    results = regenerate(assignment, best, jobs=2, done=lambda name: None)
    assert {result.change for result in results} == {Change.UNCHANGED}
    assert {path: path.read_bytes() for path in assignment.expected_folder.iterdir()} == before


def reference(context: GradingContext) -> Submission:
    """The reference solution, as submitted."""
    manifest = context.assignment.manifest
    folder = reference_folder(context.assignment)
    assert folder is not None
    return read_submission(folder, manifest, id="reference")


def verdict_names(context: GradingContext) -> list[str]:
    """`check` or `check[case]` of every verdict, in order."""
    return [
        task.check.name if task.case is None else f"{task.check.name}[{task.case}]" for task in tasks_of(context.checks)
    ]


def code_cells(notebook: str) -> list[str]:
    """The sources of a notebook's code cells."""
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]


def is_compared(check: Check, name: str) -> bool:
    """Whether a criterion compares this value with the expected one."""
    return any(isinstance(each, close | equal | labels) and each.name == name for each in check.criteria)
