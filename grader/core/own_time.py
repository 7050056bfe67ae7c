"""The time that code takes of its own: on a busy machine it is less than what passes on the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

BACKSTOP = 5  # times as much may pass on the clock
STILL = 0.01  # of the time that passes: code that computes less than this share of it stands still
STILL_SECONDS = 2  # that it must stand still for, at least: on a busy machine it may not have had its turn
SPARE = 0.5  # of a core: where nobody used as much, code that wanted to compute could


class OwnTime:
    """The time that code has taken since this was made: its processor time, and the time for which it stood still.

    At least a fifth of what has passed on the clock, so that it ends for whatever code. `computed` tells seconds of
    processor time so far, and `idle` seconds for which a core of this machine had nothing to do.
    """

    def __init__(self, computed: Callable[[], float], idle: Callable[[], float] = time.monotonic) -> None:
        self._computed, self._idle = computed, idle
        self._began = time.monotonic()
        self._before = computed()
        self._stood = 0.0
        self.excuse()

    @property
    def passed(self) -> float:
        """Seconds on the clock."""
        return time.monotonic() - self._began

    @property
    def computed(self) -> float:
        """Seconds of processor time."""
        return self._computed() - self._before

    def taken(self) -> float:
        """Seconds that count."""
        return max(self.computed + self._stood, self.passed / BACKSTOP)

    def excuse(self) -> None:
        """It has not stood still so far: that was not its own doing."""
        self._moved = time.monotonic(), self._computed(), self._idle()

    def stands_still(self, seconds: float) -> bool:
        """Whether next to nothing was computed for `seconds`, or for 2 s where that is longer, though a core was free.

        To be asked now and then. Time for which it says so is taken.
        """
        seconds = max(seconds, STILL_SECONDS)
        then, computed, idle = self._moved
        now = time.monotonic(), self._computed(), self._idle()
        still = now[0] - then
        if now[1] - computed < STILL * seconds and still < seconds:
            return False
        self._moved = now
        if now[1] - computed >= STILL * seconds or now[2] - idle < SPARE * still:
            return False
        self._stood += still
        return True
