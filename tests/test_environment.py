"""A verdict does not outlive its cause: what is installed, and the code of grader that judges."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_course import Course

import grader
from grader.assignment.manifest import MANIFEST
from grader.grading import environment

GRADER = (sys.executable, "-c", "from grader.cli.app import main; main()")
Grade = Callable[[], subprocess.CompletedProcess[str]]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages on the import path."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")
    return folder


@pytest.fixture
def grade(tiny: Course, tiny_copy: Path, tmp_path: Path) -> Grade:
    """Grade a class of two, of whom one imports what may not be installed."""
    for name, line in (("ada", ""), ("bob", "import rarely_installed\n")):
        package = tmp_path / "in" / name / "hw"
        package.mkdir(parents=True)
        for module, source in tiny.reference.items():
            (package / module).write_bytes(line.encode() * (module == "maths.py") + source)
    command = (*GRADER, "grade", tiny_copy / "assignments/tiny", tmp_path / "in", "--sandbox", "separate")
    return lambda: subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.process
def test_what_was_missing_counts_once_it_is_installed(grade: Grade, site: Path) -> None:
    """As a file, which no distribution tells of, and as a distribution, which concerns everybody."""
    first = grade()
    assert "not installed here: rarely_installed: 1 student: bob" in first.stdout, first.stderr
    (site / "rarely_installed.py").touch()
    second = grade()
    assert "1 report made without rarely_installed, which is installed now" in second.stdout, second.stderr
    assert "kept: 1 submission" in second.stdout and "bob: 6 of 6" in second.stdout
    (site / "rarely_installed-1.0.dist-info").mkdir()
    (site / "rarely_installed-1.0.dist-info/METADATA").write_text("Name: rarely_installed\nVersion: 1.0\n")
    third = grade()
    assert "report made" not in third.stdout and "kept" not in third.stdout, third.stderr
    assert third.stdout.index("2 reports made with other installed packages") < third.stdout.index("[1/2]")


@pytest.mark.process
def test_what_an_assignment_requires_is_asked_for_first(grade: Grade, tiny_copy: Path, tmp_path: Path) -> None:
    """One sentence, before anything of a submission is read or written."""
    manifest = tiny_copy / "assignments/tiny" / MANIFEST
    manifest.write_text('requires = ["json", "rarely_installed", "never_installed", "cv2"]\n' + manifest.read_text())
    refused = grade()
    line = "pip install rarely_installed never_installed opencv-python-headless"
    said = f"requires rarely_installed, never_installed, cv2; run `{line}`, then this again"
    assert (refused.returncode, refused.stderr) == (2, f"{manifest}: {said}\n")
    assert not (tmp_path / "results").exists()


def test_comments_do_not_change_how_grader_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do docstrings; code does."""
    monkeypatch.setattr(grader, "__file__", str(tmp_path / "__init__.py"))
    (tmp_path / "checks").mkdir()
    digests = []
    for source in ("a = 1\n", '"""Why."""\na = 1  # so\n', "a = 2\n"):
        (tmp_path / "checks/criteria.py").write_text(source)
        digests.append(environment.judging.__wrapped__())
    assert digests[0] == digests[1] != digests[2]
