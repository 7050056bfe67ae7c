"""Two commands never write into one folder of results at once, and a crash leaves no lock behind."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import lms_downloads
import pytest
from tiny_course import Course, square

from grader.core.errors import UsageError
from grader.results import lock
from grader.results.lock import LOCK, only_writer

HOLDER = """
import sys, time
from pathlib import Path
from grader.results.lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.process
def test_a_second_writer_is_told_who_has_the_folder_until_that_one_is_gone(tmp_path: Path) -> None:
    """Since when, which process, which machine; `kill -9` gives it up."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        who = rf"in use since \d\d:\d\d by pid {holder.pid} on host {socket.gethostname()}; wait until it has ended"
        with pytest.raises(UsageError, match=who), only_writer(tmp_path):
            pytest.fail("two at once")
        holder.send_signal(signal.SIGKILL)
    with only_writer(tmp_path) as doubt:
        assert doubt == ""
        assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()
    with only_writer(tmp_path):
        pass


@pytest.mark.process
@pytest.mark.parametrize(
    "left", ["", "4711", '{"since": "09:41"', '{"since": "09:41", "pid": GONE, "host": "HOST"}', "[" * 600]
)
def test_what_a_killed_writer_has_left_is_not_taken_for_the_holder(left: str, tmp_path: Path) -> None:
    """Who has just taken the lock has not written it down yet."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    with only_writer(tmp_path):
        (tmp_path / LOCK).write_text(left.replace("GONE", str(gone.pid)).replace("HOST", socket.gethostname()))
        with pytest.raises(UsageError, match="in use by another process; wait"), only_writer(tmp_path):
            pytest.fail("two at once")


@pytest.mark.long
def test_of_two_graders_at_once_one_grades_and_the_other_says_who(
    tiny: Course, confined_here: None, tmp_path: Path
) -> None:
    """50 times, at random offsets, ten of them with a `kill -9`: no grade changes, and nothing is quarantined."""
    work = {f"hw/{name}": content for name, content in tiny.reference.items()}
    half = {**work, "hw/maths.py": square("return -x").encode()}
    source, out = lms_downloads.plain({"1": work, "2": half}, tmp_path / "in"), tmp_path / "results"
    script = [sys.executable, "-m", "tests.two_graders"]
    asked = [str(tiny.context.assignment.folder), str(source), str(out)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([*script, *asked], cwd=root, capture_output=True, text=True, check=True)
    rounds = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(rounds) == 50
    for number, each in enumerate(rounds):
        assert (each["first"], each["changed"]) == ([2], []), each
        assert each["other"] == [-signal.SIGKILL if number % 5 == 4 else 0], each
        (holder,), (told,) = each["holder"], each["told"]
        line = " ".join(told.split()[-20:])
        assert re.search(rf"in use since \d\d:\d\d by pid {holder} on host \S+; wait until it has ended$", line), told


def test_where_a_lock_may_not_hold_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a network file system, where the file system refuses, and where the system has none."""
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mounts"
    mounts.write_text(f"36 35 {os.major(device)}:{os.minor(device)} / /mnt rw shared:1 - nfs4 server:/ rw\n")
    monkeypatch.setattr(lock, "MOUNTS", mounts)
    with only_writer(tmp_path) as doubt:
        assert doubt == f"{tmp_path}: lies on nfs4, where a lock may not hold; run one grader at a time there"

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with only_writer(tmp_path) as doubt:
        assert doubt.startswith(f"{tmp_path}: cannot be locked (No locks available)")
    monkeypatch.setattr(lock, "fcntl", None)
    with only_writer(tmp_path) as doubt:
        assert doubt.startswith(f"{tmp_path}: this system has no locks")
