"""What code of one case has changed in its process is as it was before the next one begins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from between_code import FOLDERS, IMPORTS, NASTY, OTHERS, PLAIN, REGISTRY, ROWS, TORCH_ROWS

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parent.parent
# What is asked of the process, in one go: it imports torch. Rows come last: one that stays hurts those after it.
GONE = "import os; os.rmdir('../box'); os.symlink('submission', '../box')"
LOOK = "import os; seen = os.getcwd(), os.listdir()"
TASKS = [
    *(("case", code) for code in IMPORTS.values() for _ in range(2)),
    ("case", GONE), ("case", LOOK), ("folders", FOLDERS),
    *(("nasty", code) for code in NASTY),
    *(("row", row) for row in [*ROWS, *TORCH_ROWS]),
]  # fmt: skip


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """A room's folders, in a place that any user can reach, with a package of the student's and one of others."""
    root = Path(tempfile.mkdtemp(prefix="grader-test-"))
    root.chmod(0o755)
    for folder in ("box", "tmp", "submission/hw", "others/others"):
        (root / folder).mkdir(parents=True)
    (root / "submission" / "hw" / "plain.py").write_text(PLAIN)
    (root / "submission" / "hw" / "registry.py").write_text(REGISTRY)
    (root / "others" / "others" / "__init__.py").write_text(OTHERS)
    yield root
    subprocess.run(["rm", "-rf", root], check=True)  # which copes with any depth, should a test fail


@pytest.fixture(scope="module")
def told(room: Path) -> dict[Any, list[Any]]:
    """What `between_process` tells of each task; a task may be there twice."""
    return ask(room, TASKS)


def ask(room: Path, tasks: Sequence[tuple[str, Any]]) -> dict[Any, list[Any]]:
    """The answers of a process of its own."""
    environment = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, room / "others"))), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "between_process.py", room],
        input=json.dumps(tasks), env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers: dict[Any, list[Any]] = {}
    for task, answer in zip(tasks, json.loads(done.stdout), strict=True):
        answers.setdefault(task, []).append(answer)
    return answers


@pytest.mark.parametrize("row", [*ROWS, *TORCH_ROWS], ids="; ".join)
def test_what_was_changed_comes_back(row: tuple[str, str], told: dict[Any, list[Any]]) -> None:
    """Each thing that code of one case has changed is as before for the next one."""
    ((before, changed, after, raised),) = told["row", row]
    assert not raised
    assert changed != before
    assert after == before


@pytest.mark.parametrize("code", NASTY)
def test_nothing_makes_it_raise(code: str, told: dict[Any, list[Any]]) -> None:
    """Whatever student code has put in its way, it returns."""
    assert told["nasty", code] == [""]


def test_the_students_files_are_compiled_once(told: dict[Any, list[Any]]) -> None:
    """They are executed for each case, and read and compiled for the first one only."""
    assert told["case", IMPORTS["compiled"]] == [["plain.py", "registry.py"], []]


def test_the_students_modules_start_anew(told: dict[Any, list[Any]]) -> None:
    """Each case finds their state, caches and registries empty, and can pickle, script and read what they define."""
    assert told["case", IMPORTS["own state"]] == [[1, 0, 1, True, [2.0, 2.0], True]] * 2


def test_what_a_module_held_is_collected_with_it(told: dict[Any, list[Any]]) -> None:
    """Its classes too, although each refers to itself: code that asks for all subclasses of a class finds its own."""
    assert told["case", IMPORTS["alive"]] == [1, 1]


def test_other_peoples_modules_stay(told: dict[Any, list[Any]]) -> None:
    """Python's own too; with the modules that they have made by hand, with their finders and their loggers."""
    assert told["case", IMPORTS["others"]] == [[False, False, 1, 1], [True, True, 1, 1]]


def test_modules_of_no_file_and_of_the_working_folder_go(told: dict[Any, list[Any]]) -> None:
    """Nobody can tell what they are: code that finds them there would not make its own."""
    assert told["case", IMPORTS["made"]] == [[False, False, True]] * 2


def test_the_folders_are_emptied(told: dict[Any, list[Any]], room: Path) -> None:
    """Of what is shut, and nested too deep for a path; links go, and what they lead to stays."""
    assert told["folders", FOLDERS] == [["", [], True]]
    assert (room / "submission" / "hw" / "plain.py").read_text() == PLAIN


def test_what_a_room_shows_below_tmp_stays(tmp_path: Path) -> None:
    """An installation there was moved away after the first case, and later ones could not import from it."""
    for folder in ("box", "tmp/shown/packages", "submission"):
        (tmp_path / folder).mkdir(parents=True)
    write = "import os; os.mkdir('../tmp/mine'); seen = 0"
    look = "import os; seen = [os.listdir('../tmp'), os.listdir('../tmp/shown')]"
    assert ask(tmp_path, [("case", write), ("case", look)])["case", look] == [[["shown"], ["packages"]]]


def test_a_working_folder_that_is_gone_is_made_again(told: dict[Any, list[Any]], room: Path) -> None:
    """A link in its place is not followed either."""
    assert told["case", LOOK] == [[str(room / "box"), []]]
    assert (room / "submission" / "hw" / "plain.py").read_text() == PLAIN
