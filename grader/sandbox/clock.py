"""The clock of one check: how much of its time it has used, and the fault where that is up.

    limit      processor time of all its processes, divided by as many processors as they could use at once
    standstill next to nothing computed for as long as the limit, while a processor was free: it waits for nothing
    backstop   five times the limit on the wall

So neither a busy machine nor a neighbour takes time from anybody. On a GPU, whose time nobody counts, and where
processor time cannot be read, the limit is of the wall.
"""

from __future__ import annotations

import time

from grader.core.observation import Fault
from grader.core.own_time import OwnTime
from grader.core.verdict import Outcome
from grader.sandbox.processor_time import CORES, Meter, idle

LOOK = 0.25  # seconds between two looks, at most: threads come and go
LEAST = 0.005
BUSY = 1.5  # times the processor time has passed on the wall: then a message tells both
SLOW = "Look for a loop that never ends, or for slow code."
WAITS = "Look for what it waits for: input(), a lock, a long sleep, a process that does not answer."
BUSY_MACHINE = "Run it again when less is running on this machine."


class Clock:
    """Runs from when it is made. `look` at it now and then, at the latest after `pause` seconds.

    Of the threads that the meter counts, `others` are not the check's.
    """

    def __init__(self, limit: float, meter: Meter | None, *, others: int = 0) -> None:
        self._limit = limit
        self._meter = meter
        self._others = others
        self._before = meter().seconds if meter else 0.0
        self._threads = 1
        self._computed, self._read_at = 0.0, time.monotonic()
        self._began = self._read_at
        self._own = OwnTime(self._read, idle) if meter else OwnTime(time.monotonic)
        self._due = self._began + min(LOOK, limit)

    @property
    def taken(self) -> float:
        """Seconds that count against the limit."""
        return self._own.taken()

    @property
    def passed(self) -> float:
        """Seconds on the wall."""
        return self._own.passed

    def watch(self) -> None:
        """From now on what the check says is read: until then it may have stood still because nobody did."""
        self._own.excuse()

    def pause(self) -> float:
        """Seconds until the next look."""
        return max(0.0, self._due - time.monotonic())

    def look(self) -> Fault | None:
        """The fault that the time is up, where it is."""
        if self.pause():
            return None
        if self._own.stands_still(self._limit):
            return _up(f"stopped: it waited for {self._limit:.3g} s and computed nothing", WAITS)
        taken = self._own.taken()
        self._due = time.monotonic() + max(LEAST, min(LOOK, self._limit - taken))
        return self._too_late() if taken >= self._limit else None

    def _too_late(self) -> Fault:
        computed, passed = self._own.computed, self._own.passed
        if computed < self._limit:
            message = f"stopped after {passed:.3g} s on the clock, {computed:.2g} s of processor time"
            return _up(f"{message}: the machine was busy, or it waits a lot", BUSY_MACHINE)
        if passed > BUSY * computed:
            message = f"stopped after {self._limit:.3g} s of processor time, {passed:.3g} s on the clock"
            return _up(f"{message}: the machine was busy", SLOW)
        return _up(f"stopped after {self._limit:.3g} s", SLOW)

    def _read(self) -> float:
        """Seconds of processor time, for each processor in use: never fewer than before, nor more than passed."""
        assert self._meter
        now = time.monotonic()
        if now - self._read_at >= LEAST:
            self._read_at, reading = now, self._meter()
            self._threads = max(self._threads, reading.threads - self._others)
            shared = (reading.seconds - self._before) / min(self._threads, CORES)
            self._computed = max(self._computed, min(shared, now - self._began))
        return self._computed


def _up(message: str, next_step: str) -> Fault:
    return Fault(Outcome.TIME_LIMIT, message, next_step)
