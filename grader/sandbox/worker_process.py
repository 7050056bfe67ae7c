"""One process in one place, which runs cases as they are asked for, one at a time, until one of them takes it along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.core.limits import Limits
from grader.sandbox.place import Place
from grader.sandbox.run import Running


class WorkerProcess:
    """Started by `start`; then `begin` cases, each after the one before has been waited for; `end` leaves nothing.

    Where it is for `only_one`, that one's end is its own. `is_lost` where a case ended it or ran out of its limits: no
    other may be begun.
    """

    def __init__(self, place: Place, *, by_wall: bool, only_one: bool, bury: Callable[[], object]) -> None:
        self.is_lost = False
        self._only_one = only_one
        self._place = place
        self._by_wall = by_wall
        self._bury = bury
        self._ended = False

    def start(self, request: Mapping[str, Any]) -> None:
        """Have it serve. Raises `SandboxError`."""
        self._place.start(request)

    def begin(self, work: Mapping[str, Any], limits: Limits) -> Running:
        """Ask for one case; its clock starts now. Raises `SandboxError` where the process is gone."""
        result, log = self._place.ask(work)
        clock = self._place.clock(limits.seconds, by_wall=self._by_wall)
        return Running(self._place, limits, clock, result, log, done=self._done)

    def has_left_something(self) -> bool:
        """Whether more than its own threads run in its place: they could act in the next case."""
        return self._place.has_left_something()

    def end(self) -> None:
        """Kill all that runs here, and have the remains removed in the background, which takes 10 to 20 ms."""
        if not self._ended:
            self._ended = self.is_lost = True
            self._place.kill()
            self._bury()

    def _done(self, can_run_another: bool) -> None:
        self.is_lost |= not can_run_another
        if self._only_one:
            self.end()
