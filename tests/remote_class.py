"""What tests of a cluster share: a class of eight of the tiny course, the command line, and results to compare."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tiny_course import Course, square

SLOWLY = "import time; time.sleep(0.4); return "
CLASS = {
    "ada": "x * x",
    "bob": "-x",
    "cy": "undefined",
    "dee": "x * x",
    "eve": "x",
    "fay": "x ** 2",
    "gus": "x * x",
    "hal": "None",
}


def command(*arguments: str | Path) -> list[str]:
    """A module of this Python's with arguments."""
    return [sys.executable, "-m", *map(str, arguments)]


def grader(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What `grader` says; never a traceback."""
    done = subprocess.run(
        command("grader", *arguments), capture_output=True, text=True, timeout=900, check=False, cwd=cwd,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Fail unless it was refused in one sentence with these words."""
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert all(word in line for word in words), line


def make_class(tiny: Course, folder: Path) -> Path:
    """The tiny course with the class, and what this machine makes of it in `local`."""
    course = Path(shutil.copytree(tiny.folder, folder / "course"))
    for name, body in CLASS.items():
        package = course / "class" / name / "hw"
        package.mkdir(parents=True)
        for file, content in tiny.reference.items():
            (package / file).write_bytes(content)
        (package / "maths.py").write_text(square(SLOWLY + body))
    done = grader("grade", "assignments/tiny", "class", "--out", "local", cwd=course)
    assert done.returncode == 0, done.stderr
    return course


def results(out: Path) -> dict[str, Any]:
    """All reports and grades, but how long things took and where files lay."""
    reports = {
        path.parent.name: _timeless(json.loads(path.read_bytes())) for path in out.glob("students/*/report.json")
    }
    return {**reports, "grades": (out / "grades.csv").read_text()}


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items() if key not in ("seconds", "made_from")}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


def running(arguments: tuple[str | Path, ...], cwd: Path, *, until: str) -> subprocess.Popen[str]:
    """A grader that has said a line with these words."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
    process = subprocess.Popen(command("grader", *arguments), stdout=subprocess.PIPE, text=True, cwd=cwd)
    assert process.stdout
    for line in process.stdout:
        if until in line:
            return process
    raise AssertionError(f"it never said: {until}")
