"""One check on its way: what the trusted process reads of it, under its limits, until it is over."""

from __future__ import annotations

import json
import os
import selectors
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from grader.core import wire
from grader.core.errors import SandboxError, WireError
from grader.core.limits import MIB, Limits
from grader.core.observation import Fault, Observation, Values, fault_of_exit
from grader.core.verdict import Outcome
from grader.sandbox.slot import Slot

LOG_KEPT = 8000
CHUNK = 1 << 18

# What reading one source gave: the result once it is known, and whether there may be more to read.
_Read: TypeAlias = "tuple[Values | Fault | None, bool]"


class Running:
    """One check on its way. `wait` returns what came back and leaves nothing running."""

    def __init__(self, place: Slot, limits: Limits, *, bury: Callable[[], object]) -> None:
        self._place = place
        self._limits = limits
        self._bury = bury
        self._began = time.monotonic()
        self._result, self._result_end = os.pipe()
        self._log, self._log_end = os.pipe()
        self._received = bytearray()
        self._logged = bytearray()
        self._log_size = 0

    def start(self, request: Mapping[str, Any]) -> None:
        """Hand the request and the far ends of the pipes to the joiner. Raises `SandboxError`."""
        self._place.give(request, [self._result_end, self._log_end])
        self._began = time.monotonic()  # only now: making the room is not the student's time
        self._close_far_ends()

    def wait(self) -> Observation:
        """The observation, after at most the limit's seconds. Raises `SandboxError` where the machinery failed."""
        try:
            result = self._await()
            seconds = time.monotonic() - self._began
            self._read_log()  # what was printed before the frame is in the pipe by now
        except WireError as error:
            result = Fault(Outcome.INVALID_RESULT, f"what came back is not a result: {error}")
            seconds = time.monotonic() - self._began
        finally:
            try:
                memory = self._out_of_memory()
            finally:
                self.end()
        if memory and isinstance(result, Fault):
            result = memory
        return Observation(result, seconds, self._logged.decode("utf-8", "replace"))

    def end(self) -> None:
        """Kill what runs, and have its remains removed in the background, which takes 10 to 20 ms."""
        self._place.kill()
        self._close_far_ends()
        for descriptor in (self._result, self._log):
            os.close(descriptor)
        self._bury()

    def _out_of_memory(self) -> Fault | None:
        group = self._place.group
        try:
            if group is None or not group.ran_out_of_memory():
                return None
        except OSError:  # not known: then what the check says of itself stands
            return None
        most = f"{self._limits.memory >> 20} MiB"
        message = f"out of memory: your code and what it started took more than {most} together"
        return Fault(Outcome.MEMORY_LIMIT, message, "Look for tensors that are far too large, or too many processes.")

    def _close_far_ends(self) -> None:
        if self._result_end >= 0:
            os.close(self._result_end)
            os.close(self._log_end)
            self._result_end = -1

    def _await(self) -> Values | Fault:
        with selectors.DefaultSelector() as selector:
            for source, read in ((self._result, self._read_result), (self._log, self._read_log)):
                os.set_blocking(source, False)
                selector.register(source, selectors.EVENT_READ, read)
            selector.register(self._place.door, selectors.EVENT_READ, self._read_status)
            while (left := self._left()) > 0:
                for key, _ in selector.select(left):
                    result, open_still = key.data()
                    if result is not None:
                        return result  # type: ignore[no-any-return]
                    if not open_still:
                        selector.unregister(key.fileobj)
        return self._too_late()

    def _size(self) -> int:
        return len(self._received) + self._log_size

    def _left(self) -> float:
        return self._began + self._limits.seconds - time.monotonic()

    def _too_late(self) -> Fault:
        limit = f"{self._limits.seconds:.3g} s"
        return Fault(Outcome.TIME_LIMIT, f"stopped after {limit}", "Look for a loop that never ends, or for slow code.")

    def _read_result(self) -> _Read:
        try:
            chunk = os.read(self._result, CHUNK)
        except BlockingIOError:
            return None, True
        self._received += chunk
        begin = 1  # after the `S`
        length = wire.frame_length(bytes(self._received[begin : begin + wire.PREFIX]), self._limits.result)
        if length is not None and len(self._received) >= begin + length:
            return wire.decode(bytes(self._received[begin : begin + length]), self._limits.result), False
        return None, bool(chunk)

    def _read_log(self) -> _Read:
        try:
            chunk = os.read(self._log, CHUNK)
        except BlockingIOError:
            return None, True
        self._log_size += len(chunk)
        self._logged += chunk[: LOG_KEPT - len(self._logged)]
        if self._log_size > self._limits.log:
            most = f"{self._limits.log / MIB:g} MiB"
            return Fault(Outcome.OUTPUT_LIMIT, f"printed more than {most}", "Remove prints from inner loops."), False
        return None, bool(chunk)

    def _read_status(self) -> _Read:
        """The child has ended: take what it left in the pipes, else say how it ended."""
        try:
            said = self._place.door.recv(4096)
        except ConnectionResetError:  # it died before it had read the request
            said = b""
        status: dict[str, Any] = json.loads(said or b'{"error": "the fork of the check ended without a word"}')
        if "exit" not in status:
            raise SandboxError(status["error"])
        for read in (self._read_result, self._read_log):
            result, open_still, size = None, True, -1
            while result is None and open_still and self._left() > 0 and size != (size := self._size()):
                result, open_still = read()
            if result is not None:
                return result, False
        if self._left() <= 0:
            return self._too_late(), False
        if not self._received:
            raise SandboxError(self._logged.decode("utf-8", "replace").strip() or "the child ended before it began")
        return fault_of_exit(status["exit"]), False
