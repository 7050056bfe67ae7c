"""The command line as people meet it: exit codes, and one clear line for everything that is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tiny_course import Course, write_assignment

from grader.core.limits import Level
from grader.core.version import VERSION
from grader.results.made import MADE
from grader.sandbox.levels import why_not

GRADER = Path(sys.executable).with_name("grader")


def _grader(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `grader`; whatever happens, nobody is shown a traceback."""
    done = subprocess.run(
        [GRADER, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **environment},
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def _refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2 and exactly one line on stderr with these words."""
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    for word in words:
        assert word in line


def _student(tiny: Course, folder: Path) -> Path:
    """A student's bundle of the tiny course, with the reference in it."""
    package = folder / "hw"
    package.mkdir(parents=True)
    for name, content in tiny.reference.items():
        (package / name).write_bytes(content)
    return folder


TORCHLESS = """
import sys
sys.argv = ["grader", *sys.argv[1:]]
from grader.cli.app import main
try:
    main()
except SystemExit as ended:
    print("exit", ended.code)
print("torch" if "torch" in sys.modules else "no torch")
"""


@pytest.mark.process
def test_the_package_is_the_command(tmp_path: Path) -> None:
    """`python -m grader` works where no script of that name is on the path."""
    done = subprocess.run([sys.executable, "-m", "grader", "--version"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"grader {VERSION}\n")


@pytest.mark.process
@pytest.mark.parametrize(("first", "searched"), [("", False), ("sys.modules['triton'] = sys", True)])
def test_a_command_ends_without_a_search_for_garbage(first: str, searched: bool) -> None:
    """It takes a second where torch was imported. Where triton was, it would complain of what nobody has collected."""
    code = f"""
import atexit, gc, sys
atexit.register(lambda: print("to be searched:", len(gc.get_objects()), flush=True))  # runs last
sys.argv = ["grader", "check", "no/such/folder"]
{first}
from grader.cli.app import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (int(done.stdout.rpartition("to be searched:")[2]) > 100) is searched, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--help"], 0, "Autograding for PyTorch homework"),
        (["grade", "--help"], 0, "Grade a class: a report for each submission"),
        (["check", "absent"], 2, "absent: no such folder; "),
        (["check", "absent", "--assignment", "tiny"], 2, "absent: no such folder; "),
        (["check", "."], 2, "no assignment.toml here or above; "),
        (["check", ".", "--assignment", "absent"], 2, "absent: no such assignment; "),
        (["grade", "absent", "."], 2, "absent: no such assignment; "),
        (["grade", "{tiny}", "absent"], 2, "absent: no such folder or zip; "),
        (["grade", "{tiny}", ".", "--out", "file"], 2, "file: no folder for results ("),
        (["regenerate", "absent"], 2, "absent: no such assignment; "),
        (["stubs", "absent"], 2, "absent: no such assignment; "),
    ],
)
def test_help_and_a_mistyped_path_are_answered_without_torch(
    tiny: Course, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    """One line, the right exit code, and torch was never imported: seconds that nobody waits for."""
    (tmp_path / "file").touch()
    (tmp_path / "student").mkdir()
    filled = [argument.format(tiny=tiny.context.assignment.folder) for argument in arguments]
    run = [sys.executable, "-c", TORCHLESS, *filled]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert done.stdout.splitlines()[-2:] == [f"exit {code}", "no torch"], done.stderr
    assert words in (done.stdout if code == 0 else done.stderr)
    assert "Traceback" not in done.stderr
    assert code == 0 or len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_check_fails_a_stub_with_the_next_step(tiny: Course, tiny_copy: Path) -> None:
    """Exit code 1 with less than full points, and each failure with what to do."""
    home = tiny_copy / "assignments" / "tiny"
    (home / "hw" / "maths.py").write_text("def square(x):\n    raise NotImplementedError\n")
    (home / "hw" / "words.py").write_bytes(tiny.reference["words.py"])
    done = _grader("check", cwd=home)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "`square` is not written yet in hw/maths.py:2" in done.stdout
    assert "Write it, then run the checks again." in done.stdout
    assert "Total: 1 of 4 points" in done.stdout
    machine = _grader("check", "--json", cwd=home)
    found = json.loads(machine.stdout)
    assert (machine.returncode, found["state"], found["points"], found["max_points"]) == (1, "GRADED", "1", "4")
    assert "Total: 1 of 4 points" in machine.stderr


@pytest.mark.slow
def test_authors_errors_are_told_one_line_each(tiny_copy: Path, tmp_path: Path) -> None:
    """Stale and missing expected values, and a badly written check, are exit code 2 before anything is graded."""
    bad = write_assignment(tmp_path / "bad", "@check(points=3)\ndef learns(hw, dataset):\n    return {}\n")
    home = tiny_copy / "assignments" / "tiny"
    (home / "expected" / "greets.safetensors").unlink()
    checks = home / "checks.py"
    checks.write_text(checks.read_text().replace("torch.rand(case", "torch.randn(case"))
    submissions = tmp_path / "in" / "someone"
    (submissions / "hw").mkdir(parents=True)
    with ThreadPoolExecutor(2) as pool:
        badly = pool.submit(_grader, "check", bad, "--assignment", bad)
        stale = pool.submit(_grader, "grade", home, tmp_path / "in", "--sandbox", "separate", cwd=tmp_path)
    assert badly.result().returncode == stale.result().returncode == 2
    assert badly.result().stderr.splitlines() == [
        "checks.py:4 learns: no docstring; write the sentence the student reads",
        "checks.py:4 learns: no time limit; add for example seconds=10",
        'checks.py:4 learns: no criterion; add for example expect=[close("scores")]',
        'checks.py:4 learns: unknown argument "dataset"; use hw, notebook, case, data, device or seed (data?)',
    ]
    lines = stale.result().stderr.splitlines()
    assert len(lines) == 2
    assert "squares: its expected values are stale, the check or its data changed; run `grader regenerate" in lines[0]
    assert "greets: no expected values (greets.safetensors); run `grader regenerate" in lines[1]
    assert not list(tmp_path.glob("results/students/*"))


@pytest.mark.slow
def test_what_this_machine_cannot_give_is_refused(tiny: Course, tmp_path: Path) -> None:
    """An unusable bubblewrap is not a silent fallback: refused, or with `auto` printed, and the reference passes."""
    import torch

    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    broken: dict[str, Any] = {"PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}"}
    home = tiny.context.assignment.folder
    _student(tiny, tmp_path / "in" / "someone")
    with ThreadPoolExecutor(2) as pool:
        default = pool.submit(_grader, "grade", home, tmp_path / "in", "--out", tmp_path / "no", **broken)
        asked = pool.submit(_grader, "check", tmp_path / "in/someone", "--assignment", home, "--sandbox", "isolated",
                            **broken)  # fmt: skip
        auto = pool.submit(_grader, "check", tmp_path / "in/someone", "--assignment", home, **broken)
        cuda = pool.submit(_grader, "check", tmp_path / "in/someone", "--assignment", home, "--device", "cuda")
    why = "No permissions to create new namespace"
    _refused(
        asked.result(), f"sandbox: this machine does not support isolated: bubblewrap: {why}", "see `grader doctor`"
    )
    next_best = Level.SEPARATE if why_not(Level.RESTRICTED) else Level.RESTRICTED
    if next_best is Level.SEPARATE:
        _refused(default.result(), "cannot contain strangers' code", why, "grader doctor", "--sandbox separate")
        assert not list((tmp_path / "no").rglob("*"))
    else:
        assert default.result().returncode == 0
        assert f"sandbox: restricted (not isolated: bubblewrap: {why}" in " ".join(default.result().stdout.split())
    assert auto.result().returncode == 0
    assert "Total: 4 of 4 points" in auto.result().stdout
    said = " ".join(auto.result().stdout.split())
    assert f"sandbox: {next_best} (not isolated: bubblewrap: {why}" in said
    assert f"(sandbox: {next_best}, device: cpu)" in said
    if not torch.cuda.is_available():
        _refused(cuda.result(), "--device cuda: torch finds no GPU here (", "); use --device cpu or auto")


@pytest.mark.slow
def test_a_batch_is_graded_and_its_pages_written(tiny: Course, tmp_path: Path) -> None:
    """A folder without the package is quarantined, not an end; reports, pages and the gradebook are there."""
    _student(tiny, tmp_path / "in" / "ada")
    (tmp_path / "in" / "bob").mkdir(parents=True)
    (tmp_path / "in" / "bob" / "notes.txt").write_text("[bold]my dog ate it[/bold]")
    (tmp_path / "in" / "read me.txt").touch()
    done = _grader("grade", tiny.context.assignment.folder, tmp_path / "in", "--sandbox", "separate", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it stops no attack" in done.stdout
    assert "quarantined: read me.txt: not a submission" in done.stdout
    assert "ada: 6 of 6" in done.stdout
    assert "quarantined: bob: no folder `hw` with maths.py" in done.stdout
    files = ("log.txt", "report.html", "report.json", "shown.json")
    (aside,) = (path.name for path in tmp_path.glob("results/students/quarantined-*"))
    found = (path.relative_to(tmp_path / "results").as_posix() for path in tmp_path.glob("results/**/*.*"))
    assert sorted(name for name in found if not name.startswith(MADE)) == [
        *(".lock", "class.json", "gradebook.json", "grades.csv", "history.jsonl", "index.html", "statistics.json"),
        *(f"students/{who}/{file}" for who in ("ada", "bob", aside) for file in files),
    ]
    rows = (tmp_path / "results/grades.csv").read_text().splitlines()
    assert rows[1].startswith("ada,,GRADED,6,6,separate,cpu,")
    assert rows[2].startswith("bob,,QUARANTINED,,")


@pytest.mark.slow
def test_results_beside_other_things_leave_them_alone(tiny: Course, tmp_path: Path) -> None:
    """The folder for results may be one that is in use, the submissions in it included."""
    _student(tiny, tmp_path / "work" / "ada")
    (tmp_path / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = _grader("grade", tiny.context.assignment.folder, "work", "--out", ".", "--sandbox", "separate", cwd=tmp_path)
    assert "ada: 6 of 6" in done.stdout, done.stdout + done.stderr
    assert {path: path.read_bytes() for path in before if path.is_file()} == before


@pytest.mark.slow
def test_regenerate_says_what_became_of_each_file(tiny_copy: Path) -> None:
    """A changed reference is named with the size of the change, case by case; other files stay as they are."""
    home = tiny_copy / "assignments" / "tiny"
    maths = tiny_copy / "solutions/tiny/hw/maths.py"
    maths.write_text(maths.read_text().replace("return x * x", "return x * x + 0.5"))
    before = {path.name: path.read_bytes() for path in (home / "expected").iterdir()}
    for arguments, code in ((["--dry-run", "--check", "squares"], 1), ([], 0)):
        assert {path.name: path.read_bytes() for path in (home / "expected").iterdir()} == before
        done = _grader("regenerate", home, *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        rows = {row.split()[0]: row for row in done.stdout.splitlines() if row.split()}
        assert "changed" in rows["squares[small]"] and "0.5" in rows["squares[small]"]
    assert "same values" in rows["greets"]
    assert f"expected values: {home / 'expected'}" in done.stdout
    after = {path.name: path.read_bytes() for path in (home / "expected").iterdir()}
    changed = {name for name, content in after.items() if content != before.get(name)}
    assert changed == {"squares.safetensors", "squares_of_a_matrix.safetensors", "confirmed.json"}


@pytest.mark.process
@pytest.mark.parametrize("name", ["\x1b[2J\x1b]0;title\x07.ipynb", "\u202egood.ipynb"])
def test_a_students_file_name_cannot_move_the_cursor(tmp_path: Path, name: str) -> None:
    """It is quoted where the file is refused."""
    (tmp_path / name).write_text("no notebook")
    done = _grader("notebook", tmp_path, "--html", tmp_path / "page.html")
    _refused(done, "cannot be read as a notebook")
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout + done.stderr)
