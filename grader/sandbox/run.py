"""One case on its way: what the trusted process reads of it, under its limits, until it is over."""

from __future__ import annotations

import io
import selectors
from collections.abc import Callable
from typing import TypeAlias

from grader.core import wire
from grader.core.errors import SandboxError, WireError
from grader.core.limits import MIB, Limits
from grader.core.observation import Fault, Observation, Values, fault_of_exit
from grader.core.verdict import Outcome
from grader.sandbox.clock import Clock
from grader.sandbox.place import Place

LOG_KEPT = 8000
CHUNK = 1 << 18

# What reading one source gave: the result once it is known, and whether there may be more to read.
_Read: TypeAlias = "tuple[Values | Fault | None, bool]"


class Running:
    """One case on its way. `wait` returns what came back; `done` hears then whether its process can run another."""

    def __init__(
        self,
        place: Place,
        limits: Limits,
        clock: Clock,
        result: io.RawIOBase,
        log: io.RawIOBase,
        *,
        done: Callable[[bool], object],
    ) -> None:
        self._place = place
        self._limits = limits
        self._clock = clock
        self._result = result
        self._log = log
        self._log_is_file = log.seekable()
        self._done = done
        self._received = bytearray()
        self._logged = bytearray()
        self._log_size = 0
        self._is_whole = False

    def wait(self) -> Observation:
        """The observation, once it is there or its time is up. Raises `SandboxError` where the machinery failed."""
        try:
            result = self._await()
            flood, _ = self._read_log()  # what was printed before the frame is there by now
            result = flood or result
        except WireError as error:
            result = Fault(Outcome.INVALID_RESULT, f"what came back is not a result: {error}")
        finally:
            try:
                seconds, passed = self._clock.taken, self._clock.passed
                memory = self._out_of_memory()
            finally:
                self._close()
                self._done(self._is_whole)
        if memory and isinstance(result, Fault):
            result = memory
        return Observation(result, seconds, self._logged.decode("utf-8", "replace"), passed)

    def _close(self) -> None:
        self._result.close()
        self._log.close()

    def _out_of_memory(self) -> Fault | None:
        if not self._place.ran_out_of_memory():
            return None
        most = f"{self._limits.memory >> 20} MiB"
        message = f"out of memory: your code and what it started took more than {most} together"
        return Fault(Outcome.MEMORY_LIMIT, message, "Look for tensors that are far too large, or too many processes.")

    def _await(self) -> Values | Fault:
        with selectors.DefaultSelector() as selector:
            selector.register(self._result, selectors.EVENT_READ, self._read_result)
            selector.register(self._place.door, selectors.EVENT_READ, self._read_status)
            if not self._log_is_file:
                selector.register(self._log, selectors.EVENT_READ, self._read_log)
            self._clock.watch()
            while True:
                for key, _ in selector.select(self._clock.pause()):
                    result, open_still = key.data()
                    if result is not None:
                        return result  # type: ignore[no-any-return]
                    if not open_still:
                        selector.unregister(key.fileobj)
                if self._log_is_file and (result := self._read_log()[0]):
                    return result
                if late := self._clock.look():  # after what came in time has been read, however late that is
                    return late

    def _size(self) -> int:
        return len(self._received) + self._log_size

    def _read_result(self) -> _Read:
        try:
            chunk = self._result.read(CHUNK)
        except ConnectionResetError:  # of a socket whose other end was killed
            chunk = b""
        if chunk is None:
            return None, True
        self._received += chunk
        begin = 1  # after the `S`
        length = wire.frame_length(bytes(self._received[begin : begin + wire.PREFIX]), self._limits.result)
        if length is not None and len(self._received) >= begin + length:
            decoded = wire.decode(bytes(self._received[begin : begin + length]), self._limits.result)
            self._is_whole = True
            return decoded, False
        return None, bool(chunk)

    def _read_log(self) -> _Read:
        chunk = self._log.read(self._limits.log + 1 if self._log_is_file else CHUNK)
        if chunk is None:
            return None, True
        self._log_size += len(chunk)
        self._logged += chunk[: LOG_KEPT - len(self._logged)]
        if self._log_size > self._limits.log:
            most = f"{self._limits.log / MIB:g} MiB"
            return Fault(Outcome.OUTPUT_LIMIT, f"printed more than {most}", "Remove prints from inner loops."), False
        return None, bool(chunk)

    def _read_status(self) -> _Read:
        """The child has ended: take what it left in the pipes, else say how it ended."""
        code = self._place.exit_code()
        for read in (self._read_result, self._read_log):
            result, open_still, size = None, True, -1
            while result is None and open_still and size != (size := self._size()):
                result, open_still = read()
                result = result or self._clock.look()
            if result is not None:
                return result, False
        if not self._received:
            words = (self._place.words() + self._logged).decode("utf-8", "replace").strip()
            raise SandboxError(words or "the child ended before it began")
        return fault_of_exit(code), False
