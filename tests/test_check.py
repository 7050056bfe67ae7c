"""The student's loop: what is run, what is on the screen, what is remembered."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_reports import report, verdict
from test_terminal import console, plain
from tiny_course import Course, with_stubs

from grader.cli import check as verb_module
from grader.cli import watching
from grader.cli.app import app
from grader.core.errors import UsageError
from grader.core.verdict import Outcome
from grader.grading.selection import matching, named
from grader.grading.tasks import tasks_of
from grader.grading.touched import Touched
from grader.pages.check_terminal import print_screen
from grader.results.last_check import read_failed
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.worker_process import WorkerProcess
from grader.submissions.looked_at import LookedAt

Check = Callable[..., tuple[int, str]]


@pytest.fixture
def student(tiny: Course, tmp_path: Path) -> Path:
    """A student's folder: `maths.py` is not written yet, `words.py` is right but for the greeting."""
    home = with_stubs(tiny, tmp_path)
    (home / "hw/words.py").write_text("essay = 'Because.'\n\ndef greet(name):\n    return name\n")
    return home


@pytest.fixture
def check(student: Path, best: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs `grader check` in that folder, in the sandbox of all tests; gives the exit code and what it printed."""

    @contextlib.contextmanager
    def there_already(*asked: Any, **named: Any) -> Iterator[Sandbox]:
        yield best

    monkeypatch.setattr(verb_module, "open_sandbox", there_already)
    monkeypatch.chdir(student)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str]:
        code = app(["check", *arguments], standalone_mode=False)
        return code, capsys.readouterr().out

    return run


def test_the_screen_ends_with_what_is_done_what_is_next_and_how_to_run_just_that(check: Check, student: Path) -> None:
    """Each verdict on a line as it comes; which files were looked at; what is wrong before what is not written."""
    code, said = check()
    lines = said.splitlines()
    assert code == 1
    assert "✗ wrong answer       greets  0 of 1" in said
    saved = datetime.fromtimestamp((student / "hw/words.py").stat().st_mtime)
    assert f"Lookedat{student / 'hw'}:words.py({saved:%H:%M}" in "".join(said.split())  # a long path is folded
    assert "Done: 1 of 4 cases: essay_written" in lines
    (following,) = (line for line in lines if line.startswith("Next:"))
    assert following.startswith("Next: greets: `greeting` differs: yours Ada")
    assert "Then: squares[small, large]: `square` is not written yet in hw/maths.py" in said
    assert "To run just that: grader check greets" in lines
    assert [line for line in lines if line.startswith("Total: ")] == [
        "Total: 0 of 4 points (sandbox: isolated, device: cpu)"
    ]
    _, part = check("greets")
    assert "Done: 0 of 1 case\n" in part and "Total: 0 of 1 points" in part
    assert "The written answer essay is graded" in said and "written answer" not in part  # nobody has looked at it


def test_parts_are_chosen_and_what_failed_is_remembered(check: Check, student: Path) -> None:
    """By name, by `-k`, by the last time: what did not run now stays as it was."""
    check()
    assert read_failed(student) == ("squares[small]", "squares[large]", "greets")
    (student / "hw/maths.py").write_text("def square(x):\n    return x * x\n")
    code, said = check("squares[large]")
    assert (code, said.count("passed")) == (0, 1)
    assert "3 cases did not run; `grader check` runs all" in said
    assert set(read_failed(student)) == {"greets", "squares[small]"}
    code, said = check("--last-failed", "-q")
    assert (code, "Total: 1.5 of 2.5 points" in said, "Looked at" in said) == (1, True, False)
    assert read_failed(student) == ("greets",)
    assert check("-k", "SQUARES and not large")[1].count("passed") == 1
    assert (student / ".grader/.gitignore").read_text() == "*\n"


def test_damaged_memory_is_told_and_ends_nothing(check: Check, student: Path) -> None:
    """All is run, and it is right again afterwards."""
    (student / ".grader").mkdir()
    (student / ".grader/last.json").write_text('{"format": 1, "fai')
    _, said = check("--last-failed")
    assert "last.json: damaged: it is not JSON; delete it; what failed last time is not known" in said
    assert "nothing is known to have failed last time: all checks are run" in said
    assert "Done: 1 of 4 cases" in said
    assert len(read_failed(student)) == 3


def test_x_ends_with_the_first_that_does_not_pass(check: Check) -> None:
    """What was not run is counted, in no total."""
    _, said = check("-x")
    assert "3 cases did not run" in said
    assert said.count("\nNext: ") == 1 and "\nThen: " not in said


def test_programs_get_one_document_and_people_a_page(check: Check, student: Path) -> None:
    """Its keys are always the same, and text goes elsewhere."""
    whole, part = (json.loads(check("--json", "--html", *names)[1]) for names in ((), ("greets",)))
    assert whole.keys() == part.keys() >= {"format", "verdicts", "points", "max_points", "state", "folder", "saved"}
    assert (part["points"], part["max_points"], part["folder"]) == ("0", "1", str(student / "hw"))
    assert {*part["saved"]} == {"maths.py", "words.py", "__init__.py"}
    page = (student / ".grader/report.html").read_text()
    assert "greets" in page and "squares" not in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["greet"], "there is no public check `greet`; name one of greets"),
        (["squares[medium]"], "there is no public check `squares[medium]`; name one of squares"),
        (["-k", "cube"], "-k cube: no public check has such a name; leave -k out to run all"),
        (["-k", "not"], "-k not: not an expression; write for example"),
    ],
)
def test_what_does_not_exist_is_one_sentence(check: Check, arguments: list[str], said: str) -> None:
    """With the nearest name."""
    with pytest.raises(UsageError, match=f"^{re.escape(said)}"):
        check(*arguments)


@given(st.text(alphabet="sq uare()[]ndot-", max_size=30))
def test_any_expression_chooses_some_or_is_refused(tiny: Course, expression: str) -> None:
    """As Python would decide with each word replaced by whether it is in the name."""
    tasks = tasks_of(tiny.context.checks)
    try:
        chosen = matching(tasks, expression)
    except UsageError as refused:
        assert str(refused).startswith(f"-k {expression}: n")
    else:
        assert 0 < len(chosen) <= len(tasks)


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("squares", ["squares[small]", "squares[large]"]),
        ("not squares and not essay", ["greets"]),
        ("not (squares or essay)", ["greets"]),
        ("small or greets and not greets", ["squares[small]"]),
        ("[large]", ["squares[large]"]),
    ],
)
def test_expressions_are_read_as_pytest_reads_them(tiny: Course, expression: str, chosen: list[str]) -> None:
    """`not` before `and` before `or`."""
    public = [task for task in tasks_of(tiny.context.checks) if not task.check.hidden]
    assert [task.label for task in matching(public, expression)] == chosen
    assert named(public, []) == public


def test_what_keeps_several_checks_from_running_comes_first() -> None:
    """Then what is wrong, in order; what is not written yet comes last; what is beyond a screen is named."""
    broken = [verdict(name, Outcome.RUNTIME_ERROR, message="no import") for name in ("later", "latest")]
    wrong = [verdict(f"wrong{number}", Outcome.WRONG_ANSWER, message=f"off by {number}") for number in range(4)]
    given = report(verdict("blank", Outcome.NOT_ATTEMPTED, message="not written yet"), *wrong, *broken)
    terminal, written = console()
    print_screen(terminal, given, LookedAt(Path("/there"), ()), rerun=shlex.join(["grader", "check", "my work"]))
    said = plain(written.getvalue().decode())
    told = [line.split()[1] for line in said.splitlines() if line.startswith(("Next:", "Then:"))]
    assert told == ["later,", "wrong0:", "wrong1:", "wrong2:"]
    assert "After these: wrong3, blank" in said
    assert "To run just that: grader check 'my work' later" in said


# --- --watch ---

MATHS = "import torch\n\nfrom . import shared\n\ndef square(x):\n    return x * x\n"


def _by_rename(path: Path, text: str) -> None:
    """As many editors save."""
    beside = path.with_suffix(".tmp")
    beside.write_text(text)
    beside.replace(path)


def test_saving_runs_what_it_touches(check: Check, student: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file half typed is one sentence, told once; a save without a change is nothing; Ctrl-C is an ordinary end."""
    maths, words = student / "hw/maths.py", student / "hw/words.py"

    def saves(path: Path) -> Iterator[None]:
        assert path == student
        yield None
        _by_rename(maths, "def square(x)")
        yield None
        yield None
        _by_rename(maths, MATHS)
        (student / "hw/shared.py").write_text("")
        yield None
        words.write_text(words.read_text().replace("return name", "return f'Hello, {name}!'"))
        yield None
        maths.rename(student / "hw/else.py")
        yield None
        maths.write_text(MATHS)
        (student / "hw/else.py").unlink()
        yield None
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "_changes", saves)
    code, said = check("--watch")
    _, *rounds = re.split(r"^(?=\d\d:\d\d:\d\d )|^(?=maths.py:1: )", said, flags=re.MULTILINE)
    assert [each.split(None, 1)[-1].splitlines()[0] for each in rounds] == [
        "SyntaxError: expected ':'; what is above stands until the next save",
        "maths.py, shared.py: 2 cases",
        "words.py: 2 cases",
        "else.py, maths.py: 2 cases",
        "else.py, maths.py: 2 cases",
    ]
    assert [re.findall(r"Done: (\d of \d)|(there is no hw/maths.py)", each)[-1:] for each in rounds[1:]] == [
        [("3 of 4", "")], [("4 of 4", "")], [("", "there is no hw/maths.py")], [("4 of 4", "")],
    ]  # fmt: skip
    assert (code, said.splitlines()[-1]) == (0, "stopped")
    assert read_failed(student) == ()


@pytest.mark.process
def test_a_save_is_seen_however_an_editor_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a folder that was made meanwhile; what tools leave is not."""
    monkeypatch.setattr(watching, "LOOK_AGAIN", 100)
    (tmp_path / "a.py").write_text("a")
    watched = watching._changes(tmp_path)
    assert next(watched) == set()  # nobody has listened before: it looks by itself now and then
    seen = filter(None, watched)
    for save in (
        lambda: (tmp_path / "a.py").write_text("aa"),
        lambda: _by_rename(tmp_path / "a.py", "b"),
        lambda: (tmp_path / "hw").mkdir(),
        lambda: (tmp_path / "hw/b.py").write_text("a"),
        lambda: (tmp_path / "hw/b.py").unlink(),
    ):
        save()
        assert next(seen)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.pyc").touch()
    (tmp_path / "last.py").touch()
    names: set[str] = set()
    while "last.py" not in names:
        names |= {Path(path).name for _, path in next(seen)}
    assert "a.pyc" not in names


def test_touched_is_what_has_the_name_of_a_changed_module(tiny: Course) -> None:
    """Through modules that use it; all where a file is data, or a module reaches others by their text."""
    public = [task for task in tasks_of(tiny.context.checks) if not task.check.hidden]
    touched = Touched(tiny.context.assignment, public)
    files = {
        "maths.py": b"from .shared import x",
        "words.py": b"",
        "shared.py": b"",
        "models/deep.py": b"import shared",
    }

    def by(*names: str, **more: bytes) -> list[str]:
        given = files | {f"{name}.py": text for name, text in more.items()}
        return list(dict.fromkeys(task.check.name for task in touched.by(names, given)))

    everything = ["squares", "greets", "essay_written"]
    assert by("maths.py") == by("shared.py") == ["squares"]
    assert by("words.py") == by("models/deep.py", words=b"from .models import deep") == ["greets", "essay_written"]
    assert by("models/deep.py") == by("deleted.py") == []
    assert by("shared.py", words=b"getattr(package, 'sha' + 'red')") == everything
    assert by("vocabulary.txt") == by("__init__.py") == everything


def test_answers_are_read_again_where_one_was_saved(
    check: Check, student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For no other file; what is known of them stays on the screen."""
    asked: list[dict[str, Any]] = []
    begin = WorkerProcess.begin

    def counted(process: WorkerProcess, work: Any, limits: Any) -> Any:
        asked.extend([work] if "answers" in work else [])
        return begin(process, work, limits)

    def saves(path: Path) -> Iterator[None]:
        before = len(asked)
        (student / "hw/maths.py").write_text(MATHS.replace("from . import shared", ""))
        yield None
        assert len(asked) == before
        (student / "hw/words.py").write_text("essay = 5\ndef greet(name):\n    return name\n")
        yield None
        assert len(asked) == before + 1
        raise KeyboardInterrupt

    monkeypatch.setattr(WorkerProcess, "begin", counted)
    monkeypatch.setattr(watching, "_changes", saves)
    said = check("--watch")[1]
    assert said.count("The written answer essay is graded by hand.") == 2
    assert said.count("The written answer essay could not be read: it is 5") == 1


# --- --debug ---


def _debugged(student: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "grader", "check", "--debug", *arguments]
    return subprocess.run(run, input=typed, capture_output=True, text=True, cwd=student, check=False)


@pytest.mark.process
@pytest.mark.harmless
def test_a_debugger_runs_in_ones_own_code(tiny: Course, tmp_path: Path) -> None:
    """`breakpoint()` stops in the student's own file, and `--pdb` where it raises; the lines above do the same."""
    home = with_stubs(tiny, tmp_path)
    maths = home / "hw/maths.py"
    maths.write_text("def square(x):\n    size = len(x)\n    breakpoint()\n    print('went on')\n    return x.cube()\n")
    done = _debugged(home, "squares[large]", "--pdb", typed="p f'size is {size}'\nc\np f'still {size}'\nq\n")
    assert done.returncode == 1, done.stderr
    assert "'size is 50'" in done.stdout and "went on" in done.stdout and "'still 50'" in done.stdout
    assert f'File "{maths}", line 5, in square\n    return x.cube()' in done.stderr
    assert "grader/worker" not in done.stderr
    assert "AttributeError in hw/maths.py:5 (square)" in done.stdout
    lines = done.stdout.partition("\n")[2].partition("# end of ")[0]
    assert lines.splitlines()[:3] == ["import hw.maths", "import torch", ""]
    assert lines.rstrip().endswith("print(squares(hw=hw, case={'n': 50}))")


@pytest.mark.long
@pytest.mark.harmless
def test_the_lines_to_copy_run_by_themselves(tiny: Course, student: Path) -> None:
    """Where the package is, with nothing of the grader."""
    (student / "hw/maths.py").write_bytes(tiny.reference["maths.py"])
    done = _debugged(student, "squares")
    assert done.returncode == 0, done.stderr
    lines, _, printed = done.stdout.partition("# end of squares[small]")
    copied = subprocess.run(
        [sys.executable, "-c", lines], capture_output=True, text=True, cwd=student, check=True, env={"PATH": ""}
    )
    assert printed.strip().removeprefix("squares = ") in copied.stdout
    assert _debugged(student, "square").stderr == "there is no check `square`; name one of squares\n"
