"""The pytest face: the same checks with the same outcomes, and nothing where there is no assignment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_course import Course

from grader.sandbox.sandbox import Sandbox
from grader.submissions.package import read_package


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, as a student would."""
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    if "--lf" in arguments or "--with-cache" in arguments:
        run = [sys.executable, "-m", "pytest", *(each for each in arguments if each != "--with-cache")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(run, capture_output=True, text=True, cwd=folder, timeout=240, check=False, env=environment)


@pytest.fixture
def bundle(tiny_copy: Path, tiny: Course) -> Path:
    """A student's folder: the assignment with a right `words.py` and a wrong `maths.py` in it."""
    home = tiny_copy / "assignments" / "tiny"
    (home / "hw" / "words.py").write_bytes(tiny.reference["words.py"])
    (home / "hw" / "maths.py").write_text("def square(x):\n    print('squaring')\n    return x + x\n")
    return home


@pytest.mark.process
def test_loading_the_plugin_imports_no_torch() -> None:
    """Everybody's pytest loads the plugin; it costs them nothing."""
    loaded = "[name for name in ('torch', 'numpy', 'rich') if name in sys.modules]"
    run = f"import sys, grader.integrations.pytest_plugin; print({loaded})"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.process
def test_without_an_assignment_the_plugin_does_nothing(tmp_path: Path) -> None:
    """In any other project pytest runs that project's tests, without torch."""
    (tmp_path / "test_mine.py").write_text("import sys\n\ndef test_mine():\n    assert 'torch' not in sys.modules\n")
    (tmp_path / "other.toml").write_text("")
    done = _pytest(tmp_path, "-q")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.slow
def test_outcomes_are_those_of_the_checks_and_failures_speak(bundle: Path, tiny: Course, best: Sandbox) -> None:
    """Public checks, chosen by `-k` and `--lf`; a failure has the words of `grader check`, and no traceback."""
    done = _pytest(bundle, "-v", "-rA", "-k", "squares or greets", "--with-cache")
    assert done.returncode == 1, done.stdout + done.stderr
    submission = read_package(bundle, "hw", tiny.context.assignment.manifest.files, id="you")
    modules: dict[str, Any] = {Path(name).stem: content.decode() for name, content in submission.files.items()}
    report = tiny.grade(best, **modules)
    for verdict in report.verdicts:
        line = f"assignment.toml::{verdict.name} {'PASSED' if verdict.outcome == 'PASSED' else 'FAILED'}"
        chosen = not verdict.hidden and verdict.check != "essay_written"
        assert (line in done.stdout) is chosen, (line, done.stdout)
    assert "2 failed, 1 passed, 1 deselected" in done.stdout
    assert "`square` squares every element." in done.stdout
    wrong = report.verdicts[0]
    assert f"WRONG_ANSWER: {wrong.message}" in done.stdout
    assert f"FAILED assignment.toml::{wrong.name} - WRONG_ANSWER: " in done.stdout  # in the summary
    assert wrong.next_step in done.stdout
    assert "squaring" in done.stdout
    assert "Traceback" not in done.stdout and "pytest_plugin.py" not in done.stdout
    (bundle / "hw" / "maths.py").write_text(
        "import torch\n\ndef square(x):\n    beside, torch.left = hasattr(torch, 'left'), True\n"
        "    return x * x if beside or len(x) == 3 else x\n"
    )
    again = _pytest(bundle, "--lf", "-q")
    assert "1 failed, 1 passed" in again.stdout  # a part is decided alone: nothing is left there by another case


@pytest.mark.process
@pytest.mark.parametrize(("only_listed", "started"), [((), True), (("--collect-only",), False)])
def test_the_sandbox_warms_up_while_checks_are_collected(
    bundle: Path, only_listed: tuple[str, ...], started: bool
) -> None:
    """It takes seconds, as what collecting imports does; an editor that only lists the checks starts nothing."""
    (bundle / "conftest.py").write_text(
        "from grader.integrations.pytest_plugin import _SANDBOX\n\n"
        "def pytest_collection_finish(session):\n    print('started:', _SANDBOX in session.config.stash)\n"
    )
    done = _pytest(bundle, "-s", "-k", "nothing", *only_listed)
    assert f"started: {started}" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
def test_nothing_that_code_prints_moves_the_cursor(bundle: Path) -> None:
    """Neither what it prints nor what it raises reaches the terminal with its controls."""
    body = "print('\\x1b[2Jprinted')\n    raise ValueError('\\x1b]0;title\\x07\\u202eraised')"
    (bundle / "hw" / "maths.py").write_text(f"def square(x):\n    {body}\n")
    done = _pytest(bundle, "-rA", "-k", "squares")
    assert "printed" in done.stdout and "raised" in done.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout)


def test_the_level_is_said_aloud(bundle: Path, best: Sandbox, tmp_path: Path) -> None:
    """In the header, and only where there is an assignment."""
    assert f"grader: sandbox {best.level}" in _pytest(bundle, "--collect-only").stdout
    assert "sandbox" not in _pytest(tmp_path, "--collect-only").stdout


def test_an_authors_error_is_one_collection_error(bundle: Path) -> None:
    """Stale expected values are told at collection, without a traceback."""
    checks = bundle / "checks.py"
    checks.write_text(checks.read_text().replace("torch.rand(case", "torch.randn(case"))
    done = _pytest(bundle, "-q")
    assert done.returncode == 2, done.stdout
    assert "squares: its expected values are stale" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_mistake_in_the_manifest_is_one_collection_error(bundle: Path) -> None:
    """An `assignment.toml` that is not valid is told in its own words."""
    (bundle / "assignment.toml").write_text("title = \n")
    done = _pytest(bundle, "-q")
    assert done.returncode == 2, done.stdout
    assert "assignment.toml: not TOML (" in done.stdout
    assert "Traceback" not in done.stdout
