"""A newcomer at a terminal: unpack the release, check, edit, see it turn green in `--watch`, pack."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import zipfile
from functools import partial
from pathlib import Path

import pexpect
import pytest
from tiny_course import Course, with_stubs

from grader.assignment.assignment import load_assignment
from grader.releasing.release import release_of

SECONDS = 240  # until something is on the screen: a backstop

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("confined_here")]


class Terminal:
    """A terminal in a folder, in which `grader` is run; what it shows is without colours."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "160", "LINES": "50"}
        run = ["-m", "grader", *arguments]
        self._process = pexpect.spawn(
            sys.executable,
            run,
            cwd=folder,
            env=environment,
            encoding="utf-8",
            dimensions=(50, 160),
            timeout=SECONDS,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # it is ignored below a job of a shell
        )

    def shows(self, text: str) -> str:
        """What is shown until there is this text."""
        self._process.expect_exact(text)
        before: str = self._process.before or ""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", before).replace("\r\n", "\n")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.sendintr()

    def ends(self) -> int:
        """Its exit status, once it has ended."""
        self._process.expect(pexpect.EOF)
        self._process.close()
        status: int = self._process.exitstatus
        return status


def test_from_the_zip_to_the_zip(tiny: Course, tmp_path: Path) -> None:
    """With an editor that saves half a line first."""
    course = with_stubs(tiny, tmp_path)
    with zipfile.ZipFile(io.BytesIO(release_of(load_assignment(course)).zipped())) as release:
        release.extractall(tmp_path / "downloads")
    (home,) = (tmp_path / "downloads").iterdir()
    maths, words = home / "hw/maths.py", home / "hw/words.py"

    first = Terminal(home, "check")
    assert "○ not attempted yet  greets" in first.shows("Looked at ")
    assert "words.py (" in first.shows("Next: ")
    assert "squares" in first.shows("To run just that: grader check squares")
    assert first.ends() == 1

    watched = Terminal(home, "check", "--watch")
    watched.shows("Watching: save a file to run what it touches; Ctrl-C ends.")
    maths.write_text("def square(x")
    assert "maths.py:1: SyntaxError: '(' was never closed" in watched.shows("; what is above stands")
    maths.write_bytes(tiny.reference["maths.py"])
    assert "✓ passed             squares[small]" in watched.shows("Done: 2 of 4 cases")
    words.write_bytes(tiny.reference["words.py"])
    shown = watched.shows("Total: 4 of 4 points")
    assert "✓ passed             greets" in shown and "squares[small]  " not in shown
    watched.interrupt()
    watched.shows("stopped")
    assert watched.ends() == 0

    packing = Terminal(home, "pack")
    packing.shows(f"wrote {home.name}.zip: 2 files; submit it as it is")
    assert packing.ends() == 0
    assert zipfile.ZipFile(home / f"{home.name}.zip").namelist() == ["hw/maths.py", "hw/words.py"]
