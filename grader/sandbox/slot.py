"""A place: a room with the joiner that waits at its door, and the uid, cgroup and GPU that are lent to it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from grader.core.errors import SandboxError
from grader.sandbox.cgroup import Cgroup
from grader.sandbox.clock import Clock
from grader.sandbox.devices import Gpu
from grader.sandbox.processor_time import Meter, can_see_processes, of_processes
from grader.sandbox.room import Room, in_memory
from grader.sandbox.warm_process import WarmProcess

JOINER_SECONDS = 20
DEVICE_SECONDS = 120  # a GPU that others use may be slow to begin with
SETTLING_SECONDS = 0.2  # what a case has started may still be on its way out
WORDS_CAP = 1 << 18


class Slot:
    """Made while the check before it runs: forking, and joining a cgroup, take longer than much of what is checked."""

    def __init__(
        self,
        room: Room,
        uid: int | None,
        group: Cgroup | None,
        zygote: WarmProcess,
        *,
        secret: bool,
        gpu: Gpu | None = None,
    ) -> None:
        self.room = room
        self._secret = secret
        self.uid = uid
        self.group = group
        self.gpu = gpu
        self._meter: Meter | None = None
        self._control: socket.socket | None = None
        self._words: io.FileIO | None = None
        self.door, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with far:
                zygote.fork(far.fileno(), group.doors if group else [])
        except BaseException:
            self.door.close()
            raise

    def start(self, request: Mapping[str, Any]) -> None:
        """Hand the request to the joiner, which enters the room and forks. Raises `SandboxError`.

        Of a process that computes on a device the first step is waited for: it is charged to no case.
        """
        self._meter = self.meter()
        self._others = self._meter().threads if self._meter else 0
        words = _Pipe()
        self._words = words.near
        with words.far:
            self._control, control_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with control_end:
                self._give(request, [control_end.fileno(), words.far.fileno()])
        self._own = 1
        if request["work"]["computes"]:
            self._wait_for_device(self._control)
            self._own = self._meter().threads - self._others if self._meter else 1  # torch's and the driver's

    def clock(self, seconds: float, *, by_wall: bool) -> Clock:
        """The clock of one case: of the processor time of all that runs here, unless it is to be that on the wall."""
        return Clock(seconds, None if by_wall else self._meter, others=self._others)

    def ask(self, work: Mapping[str, Any]) -> tuple[io.FileIO, io.FileIO]:
        """Ask for one case: where its result and its log come. Raises `SandboxError` where the process is gone."""
        assert self._control
        result, log = _Pipe(), _Pipe()
        with result.far, log.far:
            try:
                with in_memory(json.dumps(work).encode()) as request:
                    socket.send_fds(self._control, [b"case"], [request, result.far.fileno(), log.far.fileno()])
            except OSError as error:
                result.near.close()
                log.near.close()
                raise SandboxError(f"the process that should run the check is gone ({error})") from None
        return result.near, log.near

    def exit_code(self) -> int:
        """How the child ended, as the joiner tells. Raises `SandboxError` where there was none."""
        try:
            said = self.door.recv(4096)
        except ConnectionResetError:  # it died before it had read the request
            said = b""
        status: dict[str, Any] = json.loads(said or b'{"error": "the fork of the check ended without a word"}')
        if "exit" not in status:
            raise SandboxError(status["error"])
        return int(status["exit"])

    def words(self) -> bytes:
        """What the child said before it served."""
        assert self._words
        return self._words.read(WORDS_CAP) or b""

    def ran_out_of_memory(self) -> bool:
        """Whether the cgroup says so; not known where it has no answer."""
        try:
            return self.group is not None and self.group.ran_out_of_memory()
        except OSError:
            return False

    def has_left_something(self) -> bool:
        """Whether more than the child's own threads run here: they could act in the next case."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while self._meter and self._meter().threads > self._others + self._own:
            if time.monotonic() > deadline:
                return True
            time.sleep(0.005)
        return False

    def meter(self) -> Meter | None:
        """What tells the processor time of all that runs here; None where nothing can. Waits for room and joiner.

        Raises `SandboxError` where either is gone.
        """
        self.room.enter()
        joiner = self._hear_joiner()
        if self.group and self.group.counts_time:
            return self.group.read
        return partial(of_processes, [joiner, *self.room.pids]) if can_see_processes() else None

    def _give(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """The one request. Raises `SandboxError` where the room or the joiner is gone."""
        entrance = self.room.enter()
        passed = [*descriptors] if entrance is None else [*descriptors, entrance]
        try:
            socket.send_fds(self.door, [json.dumps(request).encode()], passed)
        except OSError as error:
            raise SandboxError(f"the fork that should run the check is gone ({error})") from None

    def _wait_for_device(self, control: socket.socket) -> None:
        control.settimeout(DEVICE_SECONDS)
        try:
            said = control.recv(64)
        except TimeoutError:
            raise SandboxError(f"the device did not compute within {DEVICE_SECONDS} s") from None
        except OSError:  # it died with something unread
            said = b""
        finally:
            control.settimeout(None)
        if not said:
            words = self.words().decode("utf-8", "replace").strip()
            raise SandboxError(words or "the process that should compute on the device ended without a word")

    def _hear_joiner(self) -> int:
        """Its number, which is the first that it says."""
        self.door.settimeout(JOINER_SECONDS)
        try:
            said = json.loads(self.door.recv(4096) or b"{}")
        except OSError as error:
            raise SandboxError(f"the fork that should run the check does not answer ({error})") from None
        finally:
            self.door.settimeout(None)
        if "joiner" not in said:
            raise SandboxError(said.get("error", "the fork that should run the check ended without a word"))
        return int(said["joiner"])

    def kill(self) -> None:
        """Kill whatever runs here; does not wait for its end."""
        self.room.kill()
        if self._control:
            self._control.close()
        if self._words:
            self._words.close()
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
                if self._secret:
                    self.group.forget()
                self.group.remove()


class _Pipe:
    """One that can be read without waiting; to be closed by the caller."""

    def __init__(self) -> None:
        near, far = os.pipe()
        os.set_blocking(near, False)
        self.near, self.far = io.FileIO(near), io.FileIO(far, "w")
