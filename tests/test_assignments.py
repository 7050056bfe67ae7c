"""Every assignment that ships: its expected values hold, its reference gets full marks, its stub gets nothing.

And each known wrong solution gets what it says. It is a folder `solutions/<assignment>/wrong/<how>/` with one file:
of a package the module that is changed, laid over the reference; of a notebook `cell.py`, one cell more behind the
reference's, which defines something anew. The file's first line names the verdicts that are not PASSED:

    # fails: cnn_forward=WRONG_ANSWER residual_block[identity]=RUNTIME_ERROR

A check's name alone means all its cases; what follows a second `#`, such as `# noqa: E501`, is not read.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import load_expected, read, reference_folder
from grader.assignment.student_files import write_student_files
from grader.checks.checks import Check
from grader.checks.criteria import close, equal, labels
from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.files.notebooks import CELLS
from grader.grading.grade import Bench, confirm, grade, prepare
from grader.grading.observe import tasks_of
from grader.grading.regenerate import Change, regenerate
from grader.results.report import Report, State
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_handed_in

REPOSITORY = Path(__file__).resolve().parent.parent
NAMES = sorted(path.parent.name for path in REPOSITORY.glob("assignments/*/assignment.toml"))
FAILS = "# fails: "
FEWEST_WRONG = 8

Benches = Callable[[str], Bench]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A known wrong solution: the reference with one file changed, or one cell more."""

    assignment: str
    how: str
    folder: Path

    @property
    def path(self) -> Path:
        """The file that is changed. Raises `ValueError` where not exactly one is."""
        files = [path for path in self.folder.rglob("*.py") if "__pycache__" not in path.parts]
        places = (self.folder / "hw", self.folder)
        if len(files) != 1 or files[0].parent not in places or (files[0].parent == self.folder) != self.is_cell:
            raise ValueError(f"{self.folder}: {len(files)} files; keep one, the module in hw/ or cell.py")
        return files[0]

    @property
    def is_cell(self) -> bool:
        """Whether it is one more cell of a notebook."""
        return (self.folder / "cell.py").is_file()

    def laid_over(self, right: Submission) -> Submission:
        """The reference with this mistake."""
        text = self.path.read_text(encoding="utf-8")
        if self.is_cell:
            cells = json.loads(right.files[CELLS])
            cells.append({"number": cells[-1]["number"] + 1, "source": text, "tags": []})
            return replace(right, id=self.how, files={CELLS: json.dumps(cells).encode()})
        assert self.path.name in right.files, "there is no such file in the reference"
        return replace(right, id=self.how, files={**right.files, self.path.name: text.encode()})

    def fails(self, bench: Bench) -> dict[str, str]:
        """What the first line promises: name of a verdict -> its outcome. Raises `ValueError`."""
        first, _, _ = self.path.read_text(encoding="utf-8").partition("\n")
        words = first.removeprefix(FAILS).partition("#")[0].split()
        if not first.startswith(FAILS) or not words:
            raise ValueError(f"{self.path}: the first line is not `{FAILS}check=OUTCOME ...`")
        promised: dict[str, str] = {}
        for word in words:
            name, _, outcome = word.partition("=")
            meant = [each for each in verdict_names(bench) if name in (each, each.partition("[")[0])]
            if not meant or outcome not in set(Outcome) - {Outcome.PASSED}:
                raise ValueError(f"{self.path}: {word!r} names no check or no outcome of `{self.assignment}`")
            promised |= dict.fromkeys(meant, outcome)
        return promised


def wrong_solutions() -> list[Wrong]:
    """All known wrong solutions of all assignments."""
    folders = sorted(REPOSITORY.glob("solutions/*/wrong/*/"))
    return [Wrong(folder.parent.parent.name, folder.name, folder) for folder in folders]


WRONG = wrong_solutions()


@pytest.fixture(params=NAMES)
def assignment(request: pytest.FixtureRequest) -> Assignment:
    """Each assignment."""
    return load_assignment(REPOSITORY / "assignments" / request.param)


@pytest.fixture(scope="session")
def benches() -> Benches:
    """Gives an assignment's bench, prepared once."""
    prepared: dict[str, Bench] = {}

    def give(name: str) -> Bench:
        if name not in prepared:
            loaded = load_assignment(REPOSITORY / "assignments" / name)
            prepared[name] = prepare(loaded, loaded.checks)
        return prepared[name]

    return give


def test_expected_values_are_there_and_fresh(assignment: Assignment) -> None:
    """Whoever changes a check, its data or the reference also regenerates."""
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
    written = write_student_files(folder, tmp_path, assignment.manifest.notebook)
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


def test_known_wrong_solutions_are_filed_properly(benches: Benches) -> None:
    """Every first line can be read, and an assignment that has any has enough of them."""
    counts: dict[str, int] = {}
    for wrong in WRONG:
        assert wrong.fails(benches(wrong.assignment))
        counts[wrong.assignment] = counts.get(wrong.assignment, 0) + 1
    assert {name: count for name, count in counts.items() if count < FEWEST_WRONG} == {}


@pytest.mark.slow
def test_the_reference_gets_full_marks(assignment: Assignment, benches: Benches, best: Sandbox) -> None:
    """What instructors hold students to, they meet themselves, hidden checks included."""
    bench = benches(assignment.name)
    report = grade(bench, reference(bench), best)
    assert {verdict.name for verdict in report.verdicts if verdict.outcome is not Outcome.PASSED} == set()
    assert report.points == assignment.max_points > 0
    assert all(answer.text for answer in report.answers)


@pytest.mark.slow
def test_the_untouched_stub_earns_nothing(assignment: Assignment, benches: Benches, best: Sandbox) -> None:
    """A student who has not begun has no point, and is told so: NOT_ATTEMPTED everywhere."""
    manifest = assignment.manifest
    submission = read_handed_in(assignment.folder, manifest, id="stub")
    assert submission.answers == {}
    report = grade(benches(assignment.name), submission, best)
    assert report.state is State.GRADED
    assert report.points == Fraction(0)
    assert [answer.id for answer in report.answers if answer.text is not None] == []
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.NOT_ATTEMPTED}


@pytest.fixture(scope="session")
def graded(request: pytest.FixtureRequest, benches: Benches, best: Sandbox) -> Iterator[Mapping[Wrong, Future[Report]]]:
    """The reports on all wrong solutions that were chosen, graded two at a time: one core would idle otherwise."""

    def report(wrong: Wrong) -> Report:
        bench = benches(wrong.assignment)
        changed = wrong.laid_over(reference(bench))
        first = grade(bench, changed, best)
        return confirm(bench, changed, best, first)  # as in a batch: a busy machine is not the student's fault

    specs = (getattr(item, "callspec", None) for item in request.session.items)
    chosen = [spec.params["wrong"] for spec in specs if spec and "wrong" in spec.params]
    for wrong in chosen:
        benches(wrong.assignment)  # prepared here, by one thread
    with ThreadPoolExecutor(2) as pool:
        yield {wrong: pool.submit(report, wrong) for wrong in chosen}


@pytest.mark.long
@pytest.mark.timeout(1800)  # the first waits for all
@pytest.mark.parametrize("wrong", WRONG, ids=[f"{wrong.assignment}-{wrong.how}" for wrong in WRONG])
def test_a_known_wrong_solution_gets_exactly_its_verdicts(
    wrong: Wrong, benches: Benches, graded: Mapping[Wrong, Future[Report]]
) -> None:
    """What its first line names fails in that way, and everything else passes."""
    bench = benches(wrong.assignment)
    wait(graded.values())
    report = graded[wrong].result()
    failed = {each.name: each for each in report.verdicts if each.outcome is not Outcome.PASSED}
    messages = {name: f"{each.message} {each.next_step}" for name, each in failed.items()}
    assert {name: each.outcome.value for name, each in failed.items()} == wrong.fails(bench), messages


@pytest.mark.long
def test_regenerating_an_unchanged_tree_changes_no_byte(assignment: Assignment, best: Sandbox) -> None:
    """Whatever CPU this runs on: values that agree leave the files alone."""
    before = {path: path.read_bytes() for path in assignment.expected_folder.iterdir()}
    results = regenerate(assignment, best, jobs=2, done=lambda name: None)
    assert {result.change for result in results} == {Change.UNCHANGED}
    assert {path: path.read_bytes() for path in assignment.expected_folder.iterdir()} == before


def reference(bench: Bench) -> Submission:
    """The reference solution, as handed in."""
    manifest = bench.assignment.manifest
    folder = reference_folder(bench.assignment)
    assert folder is not None
    return read_handed_in(folder, manifest, id="reference")


def verdict_names(bench: Bench) -> list[str]:
    """`check` or `check[case]` of every verdict, in order."""
    return [
        task.check.name if task.case is None else f"{task.check.name}[{task.case}]" for task in tasks_of(bench.checks)
    ]


def is_compared(check: Check, name: str) -> bool:
    """Whether a criterion compares this value with the expected one."""
    return any(isinstance(each, close | equal | labels) and each.name == name for each in check.criteria)
