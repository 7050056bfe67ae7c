"""A place: a room with the joiner that waits at its door, and the uid and cgroup that are lent to it for one check."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from grader.core.errors import SandboxError
from grader.sandbox.cgroup import Cgroup
from grader.sandbox.room import Room
from grader.sandbox.warm_process import WarmProcess

JOINER_SECONDS = 20


class Slot:
    """Made while the check before it runs: forking, and joining a cgroup, take longer than much of what is checked."""

    def __init__(self, room: Room, uid: int | None, group: Cgroup | None, zygote: WarmProcess) -> None:
        self.room = room
        self.uid = uid
        self.group = group
        self.door, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with far:
                zygote.fork(far.fileno(), group.doors if group else [])
        except BaseException:
            self.door.close()
            raise

    def give(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """The one request. Raises `SandboxError` where the room or the joiner is gone."""
        entrance = self.room.enter()
        passed = [*descriptors] if entrance is None else [*descriptors, entrance]
        try:
            socket.send_fds(self.door, [json.dumps(request).encode()], passed)
        except OSError as error:
            raise SandboxError(f"the fork that should run the check is gone ({error})") from None

    def kill(self) -> None:
        """Kill whatever runs here; does not wait for its end."""
        self.room.kill()
        with contextlib.suppress(OSError):
            self.door.shutdown(socket.SHUT_WR)  # the joiner kills what the child has left, and ends

    def remove(self) -> None:
        """Wait for the end of a killed place and leave nothing of it behind."""
        self.door.settimeout(JOINER_SECONDS)
        with self.door, contextlib.suppress(OSError):  # a joiner that was killed, or takes too long
            while self.door.recv(4096):
                pass
        try:
            self.room.remove()
        finally:
            if self.group:
                self.group.remove()
