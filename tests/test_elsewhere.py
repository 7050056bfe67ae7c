"""Systems without fork: what macOS and Windows lack is taken from Python (see `elsewhere`), and verdicts stay the same.

Neither has ever been tried itself.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scratch_notebook import GOOD, notebook, scratch_assignment
from tiny_course import eventually, living
from wrong_solutions import files_of, read_wrong_solutions, write_files

from grader.core.errors import SandboxError, UsageError
from grader.core.limits import Level, Limits
from grader.core.observation import Fault, Observation
from grader.core.verdict import Outcome
from grader.sandbox import fresh_slot
from grader.sandbox.forked_sandbox import ForkedSandbox
from grader.sandbox.fresh_sandbox import FreshSandbox
from grader.sandbox.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
ELSEWHERE = Path(__file__).with_name("elsewhere")
CLI = "from grader.cli.app import main; main()"

pytestmark = pytest.mark.harmless


def _run(*arguments: str, elsewhere: bool, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run Python with this grader; `elsewhere` without what other systems lack."""
    path = os.pathsep.join(map(str, [ELSEWHERE, ROOT] if elsewhere else [ROOT]))
    return subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": path, **environment},
        capture_output=True,
        cwd=ROOT,
        check=False,
    )


@pytest.mark.process
def test_a_student_without_fork_checks_the_whole_of_cnn() -> None:
    """On a console that knows few letters; the first line says what stands between the code and the machine."""
    folder = str(ROOT / "solutions/cnn")
    done = _run("-c", CLI, "check", folder, "--assignment", "cnn", elsewhere=True, PYTHONIOENCODING="cp1252")
    said = done.stdout.decode("cp1252")
    assert (done.returncode, done.stderr) == (0, b""), said
    assert said.startswith("sandbox: separate (the other levels need Linux, or WSL)\n")
    assert "Total: 44 of 44 points" in said


@pytest.mark.process
@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (
            ("check", "assignments/cnn", "--sandbox", "isolated"),
            "does not support isolated: the other levels need Linux",
        ),
        (("doctor",), "there are none without Linux"),
    ],
)
def test_what_needs_linux_is_refused_in_a_sentence(verb: tuple[str, ...], said: str) -> None:
    """No traceback."""
    done = _run("-c", CLI, *verb, elsewhere=True, PYTHONIOENCODING="cp1252", TERM="dumb", COLUMNS="500")
    assert done.returncode == 2
    assert said in done.stderr.decode("cp1252")


def test_only_the_level_without_walls_is_there() -> None:
    """Asking for another is refused before anything starts."""
    with pytest.raises(UsageError, match="the other levels need Linux"):
        FreshSandbox(Level.RESTRICTED)


# --- one process for a group, here beside the forks ---


@pytest.fixture(scope="module")
def fresh() -> Iterator[Any]:
    """A sandbox of fresh processes."""
    with FreshSandbox(Level.SEPARATE) as sandbox:
        yield sandbox


FILES = {"submission/hw/__init__.py": b""}


def _imports(process: Any, *modules: str, seconds: float = 20) -> Observation:
    about: dict[str, object] = {"package": "hw", "form": "package", "notebook": None, "skip_calls": [], "files": []}
    limits = Limits(seconds=seconds, log=10_000)
    observation: Observation = process.begin({**about, "imports": [f"hw.{name}" for name in modules]}, limits).wait()
    return observation


@pytest.mark.process
def test_one_process_serves_case_after_case(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its own log, its own limits, and modules imported anew; what ends one ends the process.

    Anything else that connects gets nothing and is in the way of nothing.
    """
    sources = {
        "speaks": "import os\nprint('spoken', flush=True)\nos.write(1, b'written')",
        "reads": "input()",
        "floods": "print('x' * 20_000)",
        "hangs": "while True: pass",
    }
    files = FILES | {f"submission/hw/{name}.py": source.encode() for name, source in sources.items()}
    place = fresh.place(files)
    monkeypatch.setattr(fresh_slot, "IMPORT_SECONDS", 0)
    with socket.create_connection(place._listener.getsockname()) as stranger:
        stranger.sendall(b"x" * 100)
        process = fresh.open(place, {}, Limits(seconds=60))
    assert [_imports(process, "speaks").log for _ in range(2)] == ["spoken\nwritten"] * 2
    reading = _imports(process, "reads")
    assert reading.log == ""
    assert "EOFError" in str(reading.result)
    assert not process.is_lost
    flood = _imports(process, "floods").result
    assert isinstance(flood, Fault)
    assert flood.outcome is Outcome.OUTPUT_LIMIT
    assert not _imports(process, "speaks").log.startswith("x")
    late = _imports(process, "hangs", seconds=0.5).result
    assert isinstance(late, Fault)
    assert late.outcome is Outcome.TIME_LIMIT
    assert process.is_lost
    process.end()
    assert eventually(lambda: not place.root.exists())


@pytest.mark.process
def test_a_thread_that_a_case_leaves_ends_the_process_before_the_next(fresh: Any) -> None:
    """It could act there."""
    source = b"import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    process = fresh.open(fresh.place(FILES | {"submission/hw/leaves.py": source}), {}, Limits(seconds=60))
    assert _imports(process, "leaves").result == {"hw.leaves": None}
    with pytest.raises(SandboxError):
        _imports(process, "leaves")
    process.end()


@pytest.mark.process
def test_a_process_ends_with_the_grader_that_it_serves() -> None:
    """However that ends: killed, it tells nobody."""
    hang = "import sys, time\nfrom grader.sandbox.fresh_slot import FreshSlot\nslot = FreshSlot()\nslot.wait()\n"
    hang += "print(slot._process.pid, slot.root, flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hang], stdout=subprocess.PIPE, cwd=ROOT) as grader:
        assert grader.stdout
        process, folder = grader.stdout.readline().decode().split()
        assert int(process) in living()
        grader.kill()
    assert eventually(lambda: int(process) not in living())
    assert not Path(folder).exists()


# --- the same verdicts ---

WRONG = ("forgotten_return", "missing_skip")


def _said(assignment: Path, folders: list[Path], *, elsewhere: bool) -> dict[str, Any]:
    """What each submission gets, by the name of its folder, but for seconds; after making sure how."""
    done = _run(str(ELSEWHERE / "outcomes.py"), str(assignment), *map(str, folders), elsewhere=elsewhere)
    assert done.returncode == 0, done.stderr.decode()
    lines = [json.loads(re.sub(r"[0-9.]+ s\b", "so many s", line)) for line in done.stdout.decode().splitlines()]
    assert {kind for _, kind, _ in lines} == {"FreshSandbox" if elsewhere else "ForkedSandbox"}
    return {name: said for name, _, said in lines}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_wrong_solutions_of_cnn_get_the_same_verdicts(tmp_path: Path) -> None:
    """To the letter, but for how long code took."""
    reference = ROOT / "solutions/cnn"
    wrong = {each.how: each.files() for each in read_wrong_solutions(reference) if each.how in WRONG}
    files = files_of(reference)
    wrong |= {
        "exits": {**files, "hw/classifier.py": files["hw/classifier.py"] + "\nimport os\nos._exit(0)\n"},
        "untouched": files_of(ROOT / "assignments/cnn"),
    }
    for name, submitted in wrong.items():
        write_files(submitted, tmp_path / name)
    folders = sorted(tmp_path.iterdir())
    assert len(folders) == len(WRONG) + 2
    forked = _said(ROOT / "assignments/cnn", folders, elsewhere=False)
    assert all(any(outcome != "PASSED" for outcome, _ in said.values()) for said in forked.values())
    assert _said(ROOT / "assignments/cnn", folders, elsewhere=True) == forked


CELLS = {
    "good": GOOD[2],
    "ends": "import os\nos._exit(3)\nx = 1",
    "loops": "while True: pass\nx = 1",
    "sleeps": "import time\ntime.sleep(60)\nx = 1",
}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_cells_that_end_or_hang_cost_what_they_define(tmp_path: Path, best: Sandbox) -> None:
    """Watched by a thread, tried again behind them in another process."""
    assignment = scratch_assignment(tmp_path / "course", best)
    manifest = assignment.folder / "assignment.toml"
    manifest.write_text(manifest.read_text().replace("import_seconds = 4", "import_seconds = 1"))
    for name, cell in CELLS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "homework.ipynb").write_bytes(notebook(*GOOD[:2], cell, GOOD[3]))
    folders = [tmp_path / name for name in CELLS]
    for elsewhere in (False, True):
        said = _said(assignment.folder, folders, elsewhere=elsewhere)
        assert {name: checks["variable"][0] for name, checks in said.items()} == {
            "good": "PASSED",
            "ends": "RUNTIME_ERROR",
            **dict.fromkeys(("loops", "sleeps"), "TIME_LIMIT"),
        }
        assert all(checks["greets"][0] == "PASSED" for checks in said.values())


def test_both_sandboxes_are_asked_in_the_same_words() -> None:
    """Of the two only one is looked at by the type checker."""

    def asked(kind: type) -> dict[str, list[str]]:
        functions = {name: each for name, each in vars(kind).items() if inspect.isfunction(each) and name[0] != "_"}
        return {name: list(inspect.signature(each).parameters) for name, each in functions.items()}

    assert asked(FreshSandbox) == asked(ForkedSandbox)
