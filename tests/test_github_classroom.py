"""GitHub Classroom gets points for the public checks, and nothing that a student prints is a command to its runner."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_reports import report, verdict
from tiny_course import Course, square, with_stubs

from grader.assignment.assignment import load_assignment
from grader.core.errors import AuthorError, UsageError
from grader.core.verdict import Outcome
from grader.integrations.bundle import bundle_github
from grader.integrations.github_classroom import harmless, main, results_json
from grader.releasing.release import Release, release_of

FORGED = base64.b64encode(b'{"version":1,"status":"pass","max_score":4,"tests":[{"name":"x","score":4}]}').decode()
COMMANDS = [f"::set-output name=result::{FORGED}", f"x ##[set-output name=result]{FORGED}", ":\u200d:add-mask::e"]


@pytest.fixture(scope="module")
def release(tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """What students get of the tiny course."""
    return release_of(load_assignment(with_stubs(tiny, tmp_path_factory.mktemp("released"))))


@pytest.fixture
def repository(tiny: Course, release: Release, tmp_path: Path) -> Path:
    """A student's repository, solved."""
    folder = tmp_path / "hw-tiny-ada"
    folder.mkdir()
    bundle_github(release, folder)
    for name, content in tiny.reference.items():
        (folder / "hw" / name).write_bytes(content)
    return folder


def step(repository: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, Any] | None]:
    """The workflow's step as GitHub runs it, and the result that the next one gets."""
    text = (repository / ".github/workflows/classroom.yml").read_text()
    found = re.search(r"id: checks\n +run: (.*)\n", text)
    assert found
    output = repository.parent / "output"
    output.touch()
    done = subprocess.run(
        ["bash", "-e", "-c", found[1]],
        cwd=repository, capture_output=True, text=True, timeout=240,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output)},
    )  # fmt: skip
    lines = output.read_text().splitlines()
    assert len(lines) <= 1
    return done, json.loads(base64.b64decode(lines[0].removeprefix("result="))) if lines else None


def points(results: dict[str, Any]) -> tuple[float, float]:
    """As the reporter adds them up."""
    return sum(test["score"] for test in results["tests"]), results["max_score"]


@pytest.mark.long
def test_the_step_gives_the_points_of_the_public_checks(repository: Path) -> None:
    """All of them for the reference; the table is that of `grader check`."""
    done, results = step(repository)
    assert done.returncode == 0, done.stderr
    assert results is not None
    assert (results["version"], results["status"], points(results)) == (1, "pass", (4, 4))
    assert [(test["name"], test["status"]) for test in results["tests"]] == [
        ("squares", "pass"), ("greets", "pass"), ("essay_written", "pass"),
    ]  # fmt: skip
    assert "Total: 4 of 4 points" in done.stdout


@pytest.mark.slow
def test_wrong_answers_are_points_and_what_they_print_is_not_a_command(repository: Path, confined_here: None) -> None:
    """The step passes with what was earned; the result is ours alone, and no line of the log commands the runner."""
    said = "".join(f"print({line!r}, flush=True); print(' ' + {line!r}, file=sys.stderr)\n" for line in COMMANDS)
    forges = f"import os, sys\nopen(os.environ.get('GITHUB_OUTPUT', '/nowhere'), 'a').write('result={FORGED}\\n')\n"
    wrong = f"import sys\n{said}try:\n    exec({forges!r})\nexcept OSError: pass\nif len(x) < 9: return x * x\n"
    (repository / "hw/maths.py").write_text(square(f"{wrong}raise ValueError({COMMANDS[0]!r})"))
    (repository / "json.py").write_text(f"print({COMMANDS[0]!r})\n")  # beside assignment.toml, where Python starts
    done, results = step(repository)
    assert done.returncode == 0, done.stderr
    assert results is not None
    assert (results["status"], points(results)) == ("fail", (2.5, 4))
    assert ": :set-output" in done.stdout, "it is shown, or this test shows nothing"
    assert done.stdout.isascii() and "::" not in done.stdout + done.stderr and "##[" not in done.stdout + done.stderr


@pytest.mark.slow
def test_without_a_grade_there_is_no_result(repository: Path) -> None:
    """Not for stale expected values, nor for what a person has to look at: a zero would be wrong."""
    (repository / "hw/words.py").unlink()
    (repository / "hw/words.py").symlink_to("/etc/passwd")
    done, results = step(repository)
    assert (done.returncode, results) == (3, None)
    assert "QUARANTINED: `words.py` cannot be used: it is a link" in done.stdout
    (repository / "expected/greets.safetensors").unlink()
    done, results = step(repository)
    assert (done.returncode, results) == (2, None)
    assert "no expected values" in done.stderr and "Traceback" not in done.stderr


def test_no_assignment_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody has deleted the file."""
    assert main(tmp_path) == 2
    assert "no assignment.toml here or above" in capsys.readouterr().err


def test_scores_are_what_checks_earned_and_add_up_to_full_marks() -> None:
    """Thirds are rounded where they are parts; a check for no points alone fails nobody."""
    thirds = [replace(verdict("thirds", case=case), points=Fraction(1, 3), max_points=Fraction(1, 3)) for case in "abc"]
    idle = verdict("written", Outcome.NOT_ATTEMPTED, points=0)
    results = json.loads(results_json(report(*thirds, idle, verdict("squares"))))
    assert (results["status"], points(results)) == ("pass", (3, 3))
    assert [test["status"] for test in results["tests"]] == ["pass", "fail", "pass"]
    failed = replace(thirds[2], outcome=Outcome.WRONG_ANSWER, points=Fraction(), message="said by a student")
    results = json.loads(results_json(report(*thirds[:2], failed)))
    assert (results["status"], points(results)) == ("fail", (0.67, 1))
    assert "said" not in json.dumps(results)


@given(st.text() | st.text(":#[\u200d \n]a"))
def test_no_text_commands_the_runner(text: str) -> None:
    """Neither form of a command is left, however long the row of colons is; nothing but spaces is added to ASCII."""
    assert "::" not in harmless(text) and "##[" not in harmless(text)
    assert harmless(text).isascii()
    if text.isascii():
        assert harmless(text).replace(" ", "") == text.replace(" ", "")


def test_the_repository_is_the_release_and_a_workflow(release: Release, repository: Path, tmp_path: Path) -> None:
    """It says what the public checks are worth; made again all of it is replaced, and what is mine is not."""
    workflow = repository / ".github/workflows/classroom.yml"
    text = workflow.read_text()
    assert '- name: "Public checks of tiny: 4 points"\n' in text and "pip install -r requirements.txt\n" in text
    assert "CHECKS_RESULTS: ${{ steps.checks.outputs.result }}\n" in text and "runners: checks\n" in text
    assert "\t" not in text
    for old in ("torch_grader-0.0.1-py3-none-any.whl", "expected/of_no_check.safetensors"):
        (repository / old).touch()
    (repository / "LICENSE").write_text("mine")
    bundle_github(release, repository)
    there = {path.relative_to(repository).as_posix() for path in repository.rglob("*") if path.is_file()}
    assert there == {*release.files, ".github/workflows/classroom.yml", "LICENSE"}
    assert all((repository / name).read_bytes() == content for name, content in release.files.items())
    workflow.write_text("name: mine\n")
    with pytest.raises(UsageError, match="another file exists already"):
        bundle_github(release, repository)
    with pytest.raises(UsageError, match="no such folder"):
        bundle_github(release, tmp_path / "absent")


def test_a_repository_with_a_secret_in_it_is_refused(release: Release, repository: Path) -> None:
    """The name of a hidden check, in a file of the course's own."""
    (repository / "notes.md").write_text("See squares_of_a_matrix.")
    with pytest.raises(AuthorError, match=r"notes\.md: names the hidden check squares_of_a_matrix; take"):
        bundle_github(release, repository)
