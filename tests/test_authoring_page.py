"""`docs/authoring.md` is true: its commands, in its order, in an empty folder, and what it says that they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.authoring.new import write_scaffold
from grader.core.errors import UsageError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "authoring.md"


def steps(page: str) -> list[tuple[str, list[str]]]:
    """The commands of its boxes, with the lines that it shows below each."""
    found: list[tuple[str, list[str]]] = []
    for box in re.findall(r"```\n(\$ .*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", box, flags=re.MULTILINE)[1:]:
            command, output = part, ""
            if "<< 'END'" not in part:
                command, _, output = part.partition("\n")
            found.append((command, [line for line in output.splitlines() if line.strip()]))
    return found


def assert_prints(done: str, lines: list[str]) -> None:
    """Every line is there, in order: its words, beside others; `...` stands for a part of a path."""
    printed = iter([" ".join(line.split()) for line in done.splitlines()])
    for line in lines:
        wanted = ".*".join(map(re.escape, " ".join(line.split()).split("...")))
        assert any(re.search(wanted, each) for each in printed), f"{line!r} is not in\n{done}"


@pytest.mark.long
def test_the_fifteen_minutes(tmp_path: Path) -> None:
    """As the page says it, from the first command to the last."""
    command = tmp_path / "bin/grader"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grader "$@"\n')
    command.chmod(0o755)
    course = tmp_path / "course"
    course.mkdir()
    environment = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    found = steps(PAGE.read_text(encoding="utf-8"))
    assert len(found) > 15
    for step, lines in found:
        done = subprocess.run(
            ["bash", "-e", "-c", step], cwd=course, env=environment, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"
        assert_prints(done.stdout, lines)


def test_a_name_that_will_not_do_is_told(tmp_path: Path) -> None:
    """One sentence; nothing that is there is written over."""
    for name in ("", "../x", "1st", "a b"):
        with pytest.raises(UsageError, match="not a name for an assignment; begin with a letter"):
            write_scaffold(name, "package", tmp_path)
    write_scaffold("one", "notebook", tmp_path)
    assert (tmp_path / "solutions/one/one.ipynb").is_file()
    with pytest.raises(UsageError, match=r"assignments/one: exists already; choose another name"):
        write_scaffold("one", "package", tmp_path)
