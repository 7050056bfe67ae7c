"""A room that is a temporary folder of the machine's: it protects nothing by itself. See `room`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.sandbox.room import INSIDE, LOADER_CACHE, OUTSIDE, PLAIN_DEVICES, SYSTEM_FOLDERS, Reach, interpreter

PREFIX = "grader-room-"
NEW_SECONDS = 60  # within which a room that nobody holds is one that is being made


class FolderRoom:
    """A temporary folder. Its processes are ended by the joiner, which kills all that the child has left.

    As root with a `uid` it belongs to that user: nobody else can enter it, and only `box` and `tmp` can be written.
    Its maker holds it by a lock, so that `sweep_rooms` knows those whose grader was killed.
    """

    pids: Sequence[int] = ()  # the joiner adopts what the child leaves behind

    def __init__(self, files: Mapping[str, bytes], uid: int | None = None) -> None:
        self.root = Path(tempfile.mkdtemp(prefix=PREFIX))
        shown = [*SYSTEM_FOLDERS, LOADER_CACHE, *map(str, interpreter()), str(self.root)]
        self.reach = Reach(tuple(shown), tuple(str(self.root / name) for name in INSIDE), PLAIN_DEVICES)
        self._held: int | None = None
        try:
            self._held = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._fill(files, uid)
        except OSError:
            self.remove()
            raise

    def _fill(self, files: Mapping[str, bytes], uid: int | None) -> None:
        for folder in (*INSIDE, *OUTSIDE):
            (self.root / folder).mkdir()
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if uid is not None:
            for path in self.root.rglob("*"):  # whatever our own umask is
                path.chmod(0o755 if path.is_dir() else 0o644)
            os.chown(self.root, -1, uid)
            self.root.chmod(0o750)
            for folder in INSIDE:
                os.chown(self.root / folder, uid, uid)

    def enter(self) -> int | None:
        """There is nothing to enter."""
        return None

    def kill(self) -> None:
        """Left to the joiner."""

    def remove(self) -> None:
        """Delete the folder, whatever student code has made in it."""
        _delete(self.root)
        if self._held is not None:
            os.close(self._held)


def sweep_rooms() -> None:
    """Delete the rooms of this user's that a killed grader has left: their disk space may be large."""
    for room in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # gone meanwhile; not a folder; held: its grader lives
            about = room.lstat()
            if about.st_uid != os.geteuid() or time.time() - about.st_ctime < NEW_SECONDS:
                continue
            held = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _delete(room)
            finally:
                os.close(held)


def _delete(folder: Path) -> None:
    """Links, nests too deep to recurse, shut folders: neither command follows a link that it meets on its way."""
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
        subprocess.run([*command, "--", folder], stderr=subprocess.DEVNULL, check=False)
        if not folder.exists():
            return
