"""The warm process: it imports from where its parent does, and a start that fails is told at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tiny_course import Course

REPOSITORY = Path(__file__).resolve().parent.parent
SITE = sysconfig.get_paths()["purelib"]
RUN = "import sys; from grader.cli.app import main; sys.argv[0] = 'grader'; main()"


def check(python: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`grader check` on the folder of an assignment, by another interpreter or with other import paths."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [python, "-c", RUN, "check", str(home)],
        env={**inherited, "COLUMNS": "200", **environment},
        capture_output=True, text=True, check=False, timeout=240, cwd=home,
    )  # fmt: skip


@pytest.fixture
def solved(tiny: Course, tiny_copy: Path) -> Path:
    """The tiny assignment with the reference as the student's package."""
    home = tiny_copy / "assignments" / "tiny"
    for name, content in tiny.reference.items():
        (home / "hw" / name).write_bytes(content)
    return home


@pytest.mark.slow
@pytest.mark.parametrize("way", [pytest.param("user", marks=pytest.mark.long), "PYTHONPATH"])
def test_an_installation_outside_of_the_interpreter_works(way: str, solved: Path, tmp_path: Path) -> None:
    """As after `pip install --user`, or with a folder of packages on PYTHONPATH: full marks all the same."""
    python = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
    entries = os.pathsep.join([str(REPOSITORY), SITE])
    if way == "PYTHONPATH":
        done = check(python, solved, PYTHONPATH=entries)
    else:
        tell = "import site; print(site.getusersitepackages())"
        base = {"PYTHONUSERBASE": str(tmp_path / "base")}
        run = subprocess.run(
            [python, "-c", tell], env={**os.environ, **base}, capture_output=True, text=True, check=True
        )
        folder = Path(run.stdout.strip())
        folder.mkdir(parents=True)
        (folder / "installed.pth").write_text(f"{REPOSITORY}\nimport site; site.addsitedir({SITE!r})\n")
        done = check(python, solved, **base)
    assert "Total: 4 of 4 points" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.slow
def test_what_each_room_would_import_is_there_before_the_first() -> None:
    """What files of checks import, and what sending tensors does: it takes longer than most checks."""
    tell = """
import sys
from importlib import import_module
from grader.worker.zygote import warm_up
kept = warm_up("cpu")
before = set(sys.modules)
import grader
for module in grader.OFFERING:
    for name in import_module(f"grader.checks.{module}").__all__:
        getattr(grader, name)
import torch
from grader.core.wire import encode_values
encode_values({"a": torch.ones(2, 2)}, cap=1 << 10)
print(sorted(set(sys.modules) - before))
"""
    run = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True, timeout=240)
    assert run.stdout == "[]\n"


@pytest.mark.slow
def test_a_warm_process_that_does_not_start_ends_the_command(solved: Path, tmp_path: Path) -> None:
    """Its last words are the one line that is told, and no check is run."""
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    done = check(sys.executable, solved, PYTHONPATH=path)
    assert done.returncode == 3
    said = [line for line in done.stderr.splitlines() if line]
    assert said == [
        "the sandbox failed: the warm process did not start: RuntimeError: operator torchvision::nms does not exist"
    ]
    assert "points" not in done.stdout


@pytest.mark.slow
def test_a_folder_on_the_path_that_holds_no_installation_is_not_shown(solved: Path, tmp_path: Path) -> None:
    """A checkout on PYTHONPATH may hold solutions: rooms show the package of grader, and not the folder around it."""
    from grader.core.limits import Level
    from grader.sandbox.levels import why_not

    if reason := why_not(Level.ISOLATED):
        pytest.skip(reason)
    copy = tmp_path / "checkout"
    shutil.copytree(REPOSITORY / "grader", copy / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "solution.py").write_text("ANSWER = 42\n")
    (solved / "hw" / "maths.py").write_text(
        f"import os\nprint('seen:', os.listdir({str(copy)!r}))\n\ndef square(x):\n    return x * x + 1\n"
    )
    done = check(sys.executable, solved, PYTHONPATH=str(copy))
    assert "seen: ['grader']" in done.stdout, done.stdout + done.stderr
