"""The sandbox as the grader sees it: rooms, checks begun in them, and the observations that come back.

    with Sandbox(Level.ISOLATED) as sandbox:
        room = sandbox.room(files)
        running = sandbox.begin(room, work, limits)   # the child runs; make the next room meanwhile
        observation = running.wait()

A fault of the student's is part of the observation. `SandboxError` is ours: nothing was observed.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from grader.errors import SandboxError, UsageError
from grader.limits import MIB, Level, Limits
from grader.room import BubblewrapRoom, FolderRoom, Room, room_arguments
from grader.running import Running
from grader.warm_process import WarmProcess

SPARE_UIDS = range(64_000, 64_256)


def why_not_isolated() -> str | None:
    """Why this machine cannot give the level `isolated`, with what to do; None where it can."""
    if sys.platform != "linux":
        return "bubblewrap rooms exist on Linux only"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed; apt install bubblewrap (or your system's package of that name)"
    try:
        room = BubblewrapRoom({}, room_arguments(scratch=MIB, gpu=False))
    except OSError as error:
        return f"bubblewrap cannot be run ({error.strerror})"
    try:
        room.enter()
    except (SandboxError, OSError) as error:
        return f"{error}; user namespaces may be switched off on this machine"
    finally:
        room.kill()
        room.remove()
    return None


def best_level() -> tuple[Level, str | None]:
    """The best level that this machine gives, and why it is no better."""
    reason = why_not_isolated()
    return (Level.SEPARATE, reason) if reason else (Level.ISOLATED, None)


class Sandbox:
    """A zygote and the rooms that its forks enter. Safe to use from several threads; a room belongs to one."""

    def __init__(self, level: Level, *, device: str = "cpu") -> None:
        if sys.platform != "linux":
            raise UsageError(
                f"grader runs student code on Linux only so far, not on {sys.platform}; use a Linux machine or WSL"
            )
        self.level = level
        self.device = device
        self._zygote = WarmProcess()
        self._renewing = threading.Lock()
        self._burials = ThreadPoolExecutor(max_workers=4, thread_name_prefix="burial")
        self._arguments: list[str] = []
        # As root each check gets an unprivileged uid that no other running check has: process limits count per uid.
        self._uids: queue.SimpleQueue[int] | None = None
        if level is Level.ISOLATED:
            self._arguments = room_arguments(scratch=Limits(seconds=0).scratch, gpu=device == "cuda")
            if os.geteuid() == 0:
                self._uids = queue.SimpleQueue()
                for uid in SPARE_UIDS:
                    self._uids.put(uid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._burials.shutdown()
        self._zygote.close()

    def room(self, files: Mapping[str, bytes]) -> Room:
        """Begin to make a room that holds `files` (path in the room -> content)."""
        if self.level is Level.ISOLATED:
            return BubblewrapRoom(files, self._arguments)
        return FolderRoom(files)

    def begin(self, room: Room, work: Mapping[str, Any], limits: Limits) -> Running:
        """Start one child in `room`; the clock starts now. Raises `SandboxError`."""
        uid = self._uids.get() if self._uids else None
        try:
            zygote = self._living()
            running = Running(room, limits, bury=lambda remove: self._bury(remove, uid))
        except OSError as error:
            room.kill()
            self._bury(room.remove, uid)
            raise SandboxError(f"no process could be started: {error}") from None
        request = {
            "root": str(room.root),
            "uid": uid,
            "drop": self.level is Level.ISOLATED,
            "limits": {
                # CUDA maps terabytes of addresses, and outside a room processes count for the whole user.
                "memory": limits.memory if self.device == "cpu" else None,
                "processes": limits.processes if self.level is Level.ISOLATED else None,
                "file_size": limits.file_size,
                "open_files": limits.open_files,
                "seconds": limits.seconds,
            },
            "work": {**work, "device": self.device, "result_cap": limits.result},
        }
        try:
            running.start(zygote, request)
        except BaseException:
            running.end()
            raise
        return running

    def discard(self, room: Room) -> None:
        """Give up a room in which nothing was begun."""
        room.kill()
        self._burials.submit(room.remove)

    def _bury(self, remove: Callable[[], None], uid: int | None) -> None:
        def bury() -> None:
            try:
                remove()
            finally:
                if self._uids and uid is not None:
                    self._uids.put(uid)

        self._burials.submit(bury)

    def _living(self) -> WarmProcess:
        """The zygote, or a new one where it has died: only the checks that it died under are lost with it."""
        with self._renewing:
            if not self._zygote.alive():
                self._zygote.close()
                self._zygote = WarmProcess()
            return self._zygote
