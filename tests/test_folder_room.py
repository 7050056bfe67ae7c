"""Rooms that are folders, and what becomes of them when their grader is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.sandbox import folder_room
from grader.sandbox.folder_room import FolderRoom, sweep_rooms

GRADER = """
import sys
from grader.sandbox.folder_room import FolderRoom
room = FolderRoom({"submission/hw.py": b"x"})
(room.root / "box" / "deep").mkdir(mode=0)
(room.root / "box" / "out").symlink_to(sys.argv[1])
print(room.root, flush=True)
sys.stdin.read()
"""


@pytest.mark.process
def test_rooms_of_a_killed_grader_are_swept_and_all_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of one that lives, those just made, and what only has such a name; no link is followed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "grades.csv").write_bytes(b"id")
    (tmp_path / "grader-room-link").symlink_to(kept)
    (tmp_path / "grader-room-file").write_bytes(b"")
    living = FolderRoom({})
    command = [sys.executable, "-c", GRADER, str(kept)]
    with subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(tmp_path)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        left = Path(other.stdout.readline().strip())
        monkeypatch.setattr(folder_room, "NEW_SECONDS", 0)
        sweep_rooms()
        assert left.exists()
        os.kill(other.pid, signal.SIGKILL)
    monkeypatch.setattr(folder_room, "NEW_SECONDS", 60)
    sweep_rooms()
    assert left.exists()
    monkeypatch.setattr(folder_room, "NEW_SECONDS", 0)
    sweep_rooms()
    assert not left.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["kept", "grader-room-link", "grader-room-file", living.root.name]
    )
    assert (kept / "grades.csv").exists()
    living.remove()
    assert not living.root.exists()
