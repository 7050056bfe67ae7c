"""Secret twins: code that knows the published values only loses the case, and its student learns no more than that."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from safetensors.torch import save_file
from tiny_course import observed, run_batch, write_assignment
from wrong_solutions import write_files

from grader import accuracy, any_seed, close, equal, finite, labels, normal, shaped
from grader.assignment import expected as store
from grader.assignment import twins
from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.twins import drawn, new_seeds, seeds_of, stored_seeds, twins_of
from grader.checks.criteria import holds_for_any_seed
from grader.checks.seeds import PUBLISHED
from grader.core.errors import AuthorError, SandboxError
from grader.core.limits import Level, Limits
from grader.core.submission import Submission
from grader.core.verdict import Outcome, Verdict, twin_name
from grader.exports.gradescope import results_json
from grader.grading import regenerate as regeneration
from grader.grading.batch import BatchListener
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule
from grader.grading.regenerate import regenerate
from grader.grading.renewal import Change, Regenerated
from grader.grading.session import Checks, Session
from grader.integrations import gradescope_autograder
from grader.integrations.bundle import bundle_gradescope
from grader.pages.html import class_page, student_page
from grader.pages.terminal import print_report
from grader.results.folder import read_report
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.redaction import for_student
from grader.results.report import Illustrations, Report, State, from_json, to_json
from grader.results.twins import FIXED, fold, unfold
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.worker_process import WorkerProcess
from grader.submissions.intake import plan

CANARY = "canary of a twin"
CHECKS = '''
@check(points=4, seconds=1, cases={"once": {"by": 2}, "more": {"by": 3}}, expect=[close("y")])
def multiplies(hw, case, seed):
    """It multiplies."""
    x = torch.rand(2 + seed % 3, generator=torch.Generator().manual_seed(seed))
    return {"y": hw.mine.times(x, case["by"])}

@check(points=1, seconds=1, expect=[accuracy("scores")], data="labels")
def learns(hw, data, seed):
    """A threshold, so it has no twin."""
    return {"scores": torch.nn.functional.one_hot(data["labels"]).float()}

@check(points=1, seconds=5, expect=[equal("n")])
def counts(hw):
    """It takes no seed."""
    return {"n": 3}
'''
HIDDEN = '''
@check(points=2, seconds=5, expect=[close("y")])
def adds(hw, seed):
    """It adds."""
    return {"y": hw.mine.plus(torch.arange(3.0), seed % 10007)}
'''
RIGHT = "def times(x, by):\n    return by * x\n\ndef plus(x, y):\n    return x + y\n"
CASES = {"once": 2, "more": 3}


@dataclass(frozen=True)
class Course:
    """A course with twins, and what its students may have."""

    home: Path
    assignment: Assignment

    @property
    def seeds(self) -> tuple[int, ...]:
        """The secret ones."""
        return seeds_of(self.assignment)

    def session(self, sandbox: Any, checks: Checks = Checks.ALL) -> Session:
        """Graded for a class, or at home."""
        return Session.of(sandbox, self.assignment, checks=checks)


@pytest.fixture(scope="module")
def course(best: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Regenerated once; not to be written to."""
    home = write_assignment(
        tmp_path_factory.mktemp("twins"), CHECKS, hidden=HIDDEN, reference={"__init__.py": "", "mine.py": RIGHT}
    )
    (home / "data").mkdir()
    save_file({"labels": torch.tensor([0, 1, 1])}, home / "data" / "labels.safetensors")
    _regenerate(home, best)
    return Course(home, load_assignment(home))


def _regenerate(
    home: Path, sandbox: Sandbox, *, new_secrets: bool = False, secrets: int | None = None
) -> list[Regenerated]:
    assignment = load_assignment(home)
    return regenerate(assignment, sandbox, jobs=2, done=lambda name: None, new_secrets=new_secrets, secrets=secrets)


def _copy(course: Course, folder: Path) -> Course:
    root = Path(shutil.copytree(course.home.parents[1], folder / "copy"))
    home = root / course.home.relative_to(course.home.parents[1])
    return Course(home, load_assignment(home))


def _submission(mine: str) -> Submission:
    return Submission("ada", {"__init__.py": b"", "mine.py": mine.encode()})


def looked_up(course: Course, otherwise: str) -> str:
    """A `mine.py` that finds the published values of `times` in a table, and does `otherwise` for any other input."""
    values = store.load_expected(course.assignment, course.assignment.public)["multiplies"].values
    table = {}
    for case, by in CASES.items():
        for seed in PUBLISHED:
            x = torch.rand(2 + seed % 3, generator=torch.Generator().manual_seed(seed))
            y: Any = values[case][f"y[{seed}]"]
            table[round(float(x.sum()), 3), by] = y.tolist()
    return f"""
import torch

TABLE = {table!r}

def times(x, by):
    found = TABLE.get((round(float(x.sum()), 3), by))
    if found is None:
        print({CANARY!r})
        {otherwise}
    return torch.tensor(found)

def plus(x, y):
    return x + y
"""


def _by_name(report: Report) -> Mapping[str, Verdict]:
    return {each.name: each for each in report.verdicts}


def _given_to_student(report: Report) -> str:
    """All that a student may get of a report, as text."""
    (row,) = build([Graded.of(report)]).rows
    redacted = for_student(report)
    return "\n".join((
        student_page(report, Illustrations()), results_json(report, row).decode(), to_json(redacted).decode(),
        _printed(report, staff=False),
    ))  # fmt: skip


def _printed(report: Report, *, staff: bool) -> str:
    console = Console(file=io.StringIO(), width=120, record=True)
    print_report(console, report, staff=staff)
    return console.export_text()


def test_a_right_solution_passes_with_secret_inputs(best: Sandbox, course: Course) -> None:
    """All points; only checks that compare have a twin, hidden ones too; at home it is said that there is none."""
    session = course.session(best)
    report = session.grade(_submission(RIGHT))
    assert (report.points, report.max_points, report.state) == (8, 8, State.GRADED)
    assert {each.name for each in report.twins} == {
        "multiplies (secret)[once]", "multiplies (secret)[more]", "adds (secret)"
    }  # fmt: skip
    assert {each.name for each in report.verdicts if each.secret is Outcome.PASSED} == {
        "multiplies[once]", "multiplies[more]", "adds"
    }  # fmt: skip
    assert from_json(to_json(report)) == report
    assert session.lacks == ""
    assert course.session(best, Checks.PUBLIC).lacks.startswith("no secret inputs")


def test_published_values_looked_up_lose_the_case(best: Sandbox, course: Course) -> None:
    """Full marks at home; in grading the one sentence, and nothing else of what happened there."""
    cheat = _submission(looked_up(course, "return torch.zeros_like(x)"))
    at_home = course.session(best, Checks.PUBLIC).grade(cheat)
    assert at_home.points == at_home.max_points == 6
    report = course.session(best).grade(cheat)
    found = _by_name(report)
    for name in ("multiplies[once]", "multiplies[more]"):
        told = found[name]
        assert (told.outcome, told.points, told.message, told.next_step, told.evidence, told.log) == (
            Outcome.WRONG_ANSWER, 0, FIXED, "", (), ""
        )  # fmt: skip
    assert report.points == 4
    public = {each.name: each.seconds for each in report.ran}
    assert found["multiplies[once]"].seconds == public["multiplies[once]"]
    text = _given_to_student(report)
    assert FIXED in text and CANARY not in text and twin_name("multiplies") not in text
    assert not any(form in text.lower() for seed in course.seeds for form in (str(seed), f"{seed:x}"))
    (twin,) = (each for each in report.twins if each.name == "multiplies (secret)[once]")
    assert CANARY in twin.log and "`y`" in twin.message
    assert "secret inputs" not in text and "0 of 2" in _printed(report, staff=True)
    assert "secret inputs" in class_page([report])


@pytest.mark.parametrize("fault", [f"raise RuntimeError({CANARY!r})", "import os; os._exit(3)", "return x[:1]"])
def test_of_what_else_a_twin_does_only_the_outcome_is_told(fault: str, best: Sandbox, course: Course) -> None:
    """Its exception, its end, a wrong shape."""
    report = course.session(best).grade(_submission(looked_up(course, fault)))
    told = _by_name(report)["multiplies[once]"]
    wrong = fault.startswith("return")
    assert told.outcome is (Outcome.WRONG_ANSWER if wrong else Outcome.RUNTIME_ERROR)
    assert told.message == (FIXED if wrong else "")
    assert CANARY not in _given_to_student(report)


def test_no_public_room_is_asked_for_a_secret_seed(best: Sandbox, course: Course) -> None:
    """Nor is a twin asked of a case that has failed already."""
    asking = Asking(best)
    session = course.session(asking)
    submission = _submission(RIGHT.replace("by * x", "by * x if by == 2 else x"))
    half = session.public(submission)
    assert asking.seeds == {*PUBLISHED}
    report = session.hidden(submission, half)
    assert asking.seeds == {*PUBLISHED, *course.seeds}
    assert {each.name for each in report.twins} == {"multiplies (secret)[once]", "adds (secret)"}
    assert "with seed 1: `y`" in _by_name(report)["multiplies[more]"].message


class Asking:
    """The sandbox at hand; `seeds` are those that were asked for. Where it `fails`, hidden checks get no room."""

    def __init__(self, sandbox: Any, *, fails: bool = False) -> None:
        self._sandbox, self._fails = sandbox, fails
        self.seeds: set[int] = set()
        self.level, self.device = sandbox.level, sandbox.device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> Slot:
        """A room."""
        if secret and self._fails:
            raise SandboxError("no room")
        return self._sandbox.place(files, secret=secret)

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        """One case alone."""
        self._ask(work)
        return self._sandbox.begin(place, work, limits)

    def open(self, place: Slot, common: Mapping[str, Any], limits: Limits) -> Any:
        """One process for several."""
        return AskingProcess(self._sandbox.open(place, common, limits), self._ask)

    def _ask(self, work: Mapping[str, Any]) -> None:
        self.seeds |= {*work.get("seeds", ())}


class AskingProcess:
    """A process of it."""

    def __init__(self, process: WorkerProcess, ask: Any) -> None:
        self._process, self._ask = process, ask

    def __getattr__(self, name: str) -> Any:
        return getattr(self._process, name)

    def begin(self, work: Mapping[str, Any], limits: Limits) -> Running:
        """One case."""
        self._ask(work)
        return self._process.begin(work, limits)


def test_a_twin_that_ran_out_of_time_is_tried_again(best: Sandbox, course: Course) -> None:
    """The first time it is not final; after the second it costs the case, without a word."""
    slow = _submission(looked_up(course, "while by == 3: pass\n        return by * x"))
    session = course.session(best)
    report = session.hidden(slow, session.public(slow))
    assert [each.name for each in report.waiting] == ["multiplies (secret)[more]"]
    final = session.again(slow, report)
    assert final.waiting == () and final.state is State.GRADED
    told = _by_name(final)["multiplies[more]"]
    assert (told.outcome, told.message, told.points) == (Outcome.TIME_LIMIT, "", 0)
    assert session.kept(slow, final) == final


def test_a_failure_of_ours_leaves_the_check_unfinished(best: Sandbox, course: Course) -> None:
    """And the next run makes up for it, running no public check."""
    report = course.session(Asking(best, fails=True)).grade(_submission(RIGHT))
    assert report.state is State.UNFINISHED
    assert _by_name(report)["multiplies[once]"].outcome is Outcome.GRADER_ERROR
    assert "no room" not in _given_to_student(report)
    ran: list[str] = []
    session = course.session(best)
    half = session.public(_submission(RIGHT), before=report, step=lambda verdict: ran.append(verdict.check))
    whole = session.hidden(_submission(RIGHT), half, before=report, step=lambda verdict: ran.append(verdict.check))
    assert {*ran} == {"multiplies (secret)", "adds", "adds (secret)"}
    assert (whole.points, whole.state) == (8, State.GRADED)


def test_a_class_is_run_once(best: Sandbox, course: Course, tmp_path: Path) -> None:
    """A rerun runs nothing; with other secret seeds it runs what has a twin, and comes to the same points."""
    mine = _copy(course, tmp_path)
    for name, source in {"ada": RIGHT, "bob": looked_up(course, "return torch.zeros_like(x)")}.items():
        path = tmp_path / "class" / name / "hw" / "mine.py"
        path.parent.mkdir(parents=True)
        path.write_text(source)
    out, entries = tmp_path / "out", plan(tmp_path / "class").entries
    ran: list[Verdict] = []

    def graded(course: Course, rerun: RerunRule = RUN_WHAT_CHANGED) -> list[Fraction]:
        ran.clear()
        listener, context = BatchListener(step=lambda id, verdict: ran.append(verdict)), course.session(best).context
        return [each.points for each in run_batch(context, entries, best, out, listener=listener, rerun=rerun)]

    def names() -> set[str]:
        return {each.check for each in ran}

    assert graded(mine) == [8, 4]
    first = [read_report(out, name) for name in ("ada", "bob")]
    assert first[0] and first[0].version == mine.session(best).context.version
    assert [each.hidden for each in ran] == [False] * 2 * 4 + [True] * 2 * 4
    assert graded(mine) == [8, 4] and ran == []
    assert [read_report(out, name) for name in ("ada", "bob")] == first
    assert graded(mine, RerunRule(checks=["adds"])) == [8, 4] and names() == {"adds", "adds (secret)"}
    _regenerate(mine.home, best, new_secrets=True)
    again = Course(mine.home, load_assignment(mine.home))
    assert graded(again) == [8, 4]
    assert names() == {"multiplies", "multiplies (secret)", "adds", "adds (secret)"}
    now = read_report(out, "ada")
    assert now and now.version == again.session(best).context.version != first[0].version


def test_secret_seeds_stay_until_others_are_drawn(best: Sandbox, course: Course, tmp_path: Path) -> None:
    """To the byte; with `--new-secrets` they alone change. A check without a twin any more loses its file."""
    mine = _copy(course, tmp_path)

    def files() -> dict[str, bytes]:
        return {path.relative_to(mine.home).as_posix(): path.read_bytes() for path in mine.home.rglob("*.safetensors")}

    before = files()
    assert {each.change for each in _regenerate(mine.home, best)} == {Change.UNCHANGED} and files() == before
    _regenerate(mine.home, best, new_secrets=True)
    changed = {name for name, content in files().items() if before[name] != content}
    assert changed == {"secret/multiplies.safetensors", "secret/adds.safetensors"}
    (mine.home / "hidden_checks.py").unlink()
    assert Regenerated("adds", Change.REMOVED) in _regenerate(mine.home, best)
    assert {path.name for path in (mine.home / "secret").iterdir()} == {"multiplies.safetensors"}


@pytest.mark.usefixtures("confined_here")
def test_gradescope_asks_one_of_several_secret_seeds(best: Sandbox, course: Course, tmp_path: Path) -> None:
    """The bytes that were submitted decide which; a class is asked the first, everybody the same."""
    mine = _copy(course, tmp_path)
    one_each = mine.seeds
    _regenerate(mine.home, best, secrets=3)
    several = Course(mine.home, load_assignment(mine.home))
    three_each = several.seeds
    assert len({*three_each}) == 6 and three_each[::3] == one_each
    seeds = stored_seeds(several.assignment, next(each for each in several.assignment.checks if each.name == "adds"))
    wrong_under_one = RIGHT.replace("x + y", f"x + y + (y == {seeds[1] % 10007})")
    tries = [_submission(f"{wrong_under_one}# try {number}\n") for number in range(100)]
    asked = [drawn(seeds, each) for each in tries]
    assert {*asked} == {*seeds} and asked == [drawn(seeds, each) for each in tries]
    unlucky = tries[asked.index(seeds[1])]
    assert several.session(best).grade(unlucky).points == 8
    settings = {"assignment": str(several.home), "lowest": "restricted"}
    write_files({"source/settings.json": json.dumps(settings)}, tmp_path / "autograder")
    write_files(
        {f"submission/hw/{name}": content.decode() for name, content in unlucky.files.items()}, tmp_path / "autograder"
    )
    gradescope_autograder.main(tmp_path / "autograder")
    assert json.loads((tmp_path / "autograder/results/results.json").read_bytes())["score"] == 6
    _regenerate(mine.home, best, new_secrets=True)
    others = seeds_of(load_assignment(mine.home))
    assert len(others) == 6 and not {*others} & {*three_each}


def test_a_damaged_file_of_secrets_is_never_taken_for_none(best: Sandbox, course: Course, tmp_path: Path) -> None:
    """Neither grading nor regenerating goes on without its seed, or with another; `--new-secrets` does."""
    mine = _copy(course, tmp_path)
    damaged = mine.home / "secret" / "adds.safetensors"
    content = damaged.read_bytes()[:-50]
    damaged.write_bytes(content)
    told = r"adds\.safetensors: damaged \(SafetensorError\); restore it, or draw others: "
    told += r"`grader regenerate .+ --new-secrets`"
    with pytest.raises(AuthorError, match=told):
        twins_of(load_assignment(mine.home))
    with pytest.raises(AuthorError, match=told):
        _regenerate(mine.home, best)
    assert damaged.read_bytes() == content
    _regenerate(mine.home, best, new_secrets=True)
    assert len(twins_of(load_assignment(mine.home))) == 2


def test_a_seed_under_which_right_code_could_fail_is_drawn_again(
    best: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here one gives NaN, and one varies with the number of threads. Where every seed fails, the author is told."""
    checks = '''
    @check(points=1, seconds=5, expect=[close("y")])
    def divides(hw, seed):
        """It divides."""
        return {"y": torch.zeros(2) / float(seed % 1000) + hw.mine.shaken(seed % 1000)}
    '''
    shaken = "import torch\n\ndef shaken(x):\n    return torch.get_num_threads() / 1000 if x == 7 else 0.0\n"
    home = write_assignment(tmp_path, checks, reference={"__init__.py": "", "mine.py": shaken})
    thousands = ((1 << 62) // 1000 + 1) * 1000
    tried = iter([thousands, thousands + 2, thousands + 7, thousands + 3])
    monkeypatch.setattr(twins, "_new_seed", lambda published: next(tried))
    _regenerate(home, best, secrets=2)
    assert seeds_of(load_assignment(home)) == (thousands + 2, thousands + 3)
    monkeypatch.setattr(twins, "_new_seed", lambda published: thousands)
    monkeypatch.setattr(regeneration, "DRAWS", 1)
    with pytest.raises(AuthorError, match="under a secret seed: `y` has NaN") as refusal:
        _regenerate(home, best, new_secrets=True, secrets=1)
    assert str(thousands) not in str(refusal.value)


def test_a_seed_at_a_tie_is_drawn_again(best: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels have no margin, but right code adds in another order: what then has another label is not a fair question.

    Nor is what a function of the author's no longer accepts.
    """
    checks = '''
    from grader import any_seed, labels

    @any_seed
    def high(seen, expected, given):
        return None if float(seen["y"].min()) > 0.33 - 7e-8 else "not high"

    @check(points=1, seconds=5, expect=[labels("y")])
    def picks(hw, seed):
        """It picks the row with the largest sum."""
        return {"y": hw.mine.pick(torch.full((2, 64), 0.1) + torch.tensor([[0], [seed % 1000 / 100 - 0.07]]))}

    @check(points=1, seconds=5, expect=[high])
    def is_high(hw, seed):
        """Means of 0.33 and more."""
        return {"y": hw.mine.means(torch.tensor([[0.1, 0.7]] * 3) + seed % 1000 / 100 - 0.07)}
    '''
    mine = "def pick(x):\n    return x.sum(1).argmax(0, keepdim=True)\n\ndef means(x):\n    return x.mean(1)\n"
    home = write_assignment(tmp_path, checks, reference={"__init__.py": "", "mine.py": mine})
    thousands = ((1 << 62) // 1000 + 1) * 1000
    tried = iter([thousands + 7, thousands, thousands + 50, thousands + 60])
    monkeypatch.setattr(twins, "_new_seed", lambda published: next(tried))
    _regenerate(home, best)
    assert seeds_of(load_assignment(home)) == (thousands + 50, thousands + 60)


def test_which_criteria_right_code_meets_under_any_seed() -> None:
    """Those by a list, and functions that say so; neither a threshold nor what is made of a listed one."""

    @any_seed
    def marked(seen: Any, expected: Any, given: Any) -> None:
        """Nothing to say."""

    class threshold(finite):
        """Of an author's."""

    def unmarked(seen: Any, expected: Any, given: Any) -> None:
        """Nothing to say."""

    met: list[Any] = [close("x"), equal("x"), labels("x"), shaped("x"), finite("x"), marked]
    missed: list[Any] = [accuracy("x"), normal("x", std=1), threshold("x"), unmarked]
    assert [holds_for_any_seed(each) for each in (*met, *missed)] == [True] * 6 + [False] * 4


def test_a_secret_seed_gives_other_sizes() -> None:
    """63 bits, never the same, and no remainder by a small number that a published one has, where that can be."""
    drawn = [new_seeds(PUBLISHED)[0] for _ in range(50)]
    assert len({*drawn}) == 50 and {seed.bit_length() for seed in drawn} == {63}
    for divisor in range(3, 11):
        assert not {seed % divisor for seed in drawn} & {seed % divisor for seed in PUBLISHED}
    assert new_seeds(range(30))[0].bit_length() == 63


def test_without_the_folder_nothing_is_missed(best: Sandbox, course: Course, tmp_path: Path) -> None:
    """As on a student's machine; where only a file of it is gone, that is told."""
    mine = _copy(course, tmp_path)
    (mine.home / "secret/adds.safetensors").unlink()
    with pytest.raises(AuthorError, match=r"adds: no secret seed .*secret/adds\.safetensors.*; run `grader regenerate"):
        mine.session(best)
    shutil.rmtree(mine.home / "secret")
    session = mine.session(best)
    report = session.grade(_submission(looked_up(course, "return torch.zeros_like(x)")))
    assert report.points == report.max_points and report.twins == ()
    assert session.lacks.startswith("no secret inputs")


def test_where_nothing_is_contained_there_are_no_twins(course: Course) -> None:
    """A process that may read the folder `secret` would learn it for all."""

    class Separate:
        level, device = Level.SEPARATE, "cpu"

    session = course.session(Separate())
    assert not any(check.is_twin for check in session.context.checks)
    assert session.lacks.startswith("no secret inputs")


def _forms(seed: int) -> list[bytes]:
    return [b"# %d" % seed, b"# %X" % seed, *(seed.to_bytes(8, order) for order in ("little", "big"))]


@pytest.mark.parametrize("form", range(4))
def test_a_bundle_with_a_planted_seed_is_refused(form: int, course: Course, tmp_path: Path) -> None:
    """In whatever form; in the zip the folder `secret` alone has it."""
    mine = _copy(course, tmp_path)
    names = bundle_gradescope(mine.home, tmp_path / "clean.zip")
    assert {name for name in names if "/secret/" in name} == {
        "course/secret/multiplies.safetensors", "course/secret/adds.safetensors"
    }  # fmt: skip
    names = bundle_gradescope(mine.home, tmp_path / "open.zip", lowest=Level.SEPARATE)
    assert not [name for name in names if "secret" in name]
    planted = _forms(mine.seeds[-1])[form]
    (mine.home / "hw").mkdir(exist_ok=True)
    (mine.home / "hw/mine.py").write_bytes(planted)
    with pytest.raises(AuthorError, match=r"hw/mine\.py: has a secret seed in it"):
        bundle_gradescope(mine.home, tmp_path / "planted.zip")
    assert not (tmp_path / "planted.zip").exists()


def test_verdicts_that_count_lead_back_to_those_of_the_run(best: Sandbox, course: Course) -> None:
    """What is stored loses nothing, so what is run again does not depend on what was folded."""
    ran = course.session(best).grade(_submission(looked_up(course, "return torch.zeros_like(x)"))).ran
    assert {(each.check, each.outcome) for each in ran} >= {
        ("multiplies", Outcome.PASSED), (twin_name("multiplies"), Outcome.WRONG_ANSWER)
    }  # fmt: skip
    assert unfold(*fold(ran)) == ran


def test_staff_find_in_the_report_what_happened(best: Sandbox, course: Course) -> None:
    """For programs, too: the verdicts add up, and say what was otherwise with secret inputs."""
    report = course.session(best).grade(_submission(looked_up(course, f"raise ValueError({CANARY!r})")))
    read = json.loads(to_json(report))
    (told,) = (each for each in read["verdicts"] if each["case"] == "once")
    assert (told["outcome"], told["points"], told["secret"]) == ("RUNTIME_ERROR", "0", "RUNTIME_ERROR")
    assert CANARY in next(each["message"] for each in read["twins"] if each["case"] == "once")
    assert len(twins_of(course.assignment)) == 2


def test_a_run_sees_nothing_that_another_has_changed(best: Sandbox, tmp_path: Path) -> None:
    """Neither in the data, nor in a case, nor in the file of the probe; and every run draws alike."""
    checks = '''
    calls = []

    @check(points=1, seconds=5, cases={"a": {"sizes": [1]}}, data="ones", seeds=[3, 4], expect=[equal("x")])
    def changes(hw, case, data, seed):
        """It changes what it gets."""
        calls.append(seed)
        case["sizes"].append(2)
        data["x"] += 1
        return {"x": [len(calls), len(case["sizes"]), float(data["x"]), float(torch.rand(1))]}
    '''
    home = write_assignment(tmp_path, checks)
    (home / "data").mkdir()
    save_file({"x": torch.ones(1)}, home / "data" / "ones.safetensors")
    seen: Any = observed(best, load_assignment(home), "", "changes")
    assert seen["x[3]"] == seen["x[4]"] and seen["x[3]"][:3] == [1, 2, 2.0]
