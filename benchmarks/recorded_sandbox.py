"""A sandbox in which each distinct request is run once, for class-sized tests: all is real but most of the rooms.

    recorded = RecordedSandbox(sandbox)      # in the place of the sandbox, wherever one is asked for

A request is known by what its room holds, what is to be done in it and its limits. The first of each kind is run in the
sandbox at hand; all others get that observation again, seconds and log included. Where the sandbox fails, nothing is
kept. Not for tests that are about processes, time, memory, or code that differs from run to run.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any

from grader.core.digest import digest
from grader.core.limits import Limits
from grader.core.observation import Observation
from grader.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class Wanted:
    """What a room is to hold; it is made only where something new is to be done in it."""

    files: Mapping[str, bytes]
    key: str


@dataclass(frozen=True)
class Recorded:
    """One check on its way, or long over."""

    found: Future[Observation]

    def wait(self) -> Observation:
        """The observation, with what was recorded of it. Raises `SandboxError` as the sandbox did."""
        return self.found.result()


@dataclass
class RecordedProcess:
    """A process that cases share, though each distinct one was recorded in one of its own."""

    sandbox: RecordedSandbox
    place: Wanted
    is_lost: bool = False

    def begin(self, work: Mapping[str, Any], limits: Limits) -> Recorded:
        """What a request of this kind gave."""
        return self.sandbox.begin(self.place, work, limits)

    def has_left_something(self) -> bool:
        """Nothing runs."""
        return False

    def end(self) -> None:
        """Nothing runs."""


class RecordedSandbox:
    """Has the interface of `Sandbox`, of which it takes one that is there; `run` and `replayed` count requests."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.level, self.device = sandbox.level, sandbox.device
        self.run = self.replayed = 0
        self._sandbox = sandbox
        self._known: dict[str, Future[Observation]] = {}
        self._knowing = threading.Lock()

    def fitting(self, jobs: int, limits: Limits) -> int:
        """As many as the sandbox at hand can run."""
        return self._sandbox.fitting(jobs, limits)

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> Wanted:
        """What `begin` takes."""
        return Wanted(files, digest(*(part for name in sorted(files) for part in (name, files[name]))))

    def open(self, place: Wanted, common: Mapping[str, Any], limits: Limits) -> RecordedProcess:
        """A process for many cases."""
        return RecordedProcess(self, place)

    def begin(self, place: Wanted, work: Mapping[str, Any], limits: Limits) -> Recorded:
        """What a request of this kind gave; the first of them is run here and now."""
        key = digest(place.key, json.dumps(work, sort_keys=True), json.dumps(asdict(limits)))
        with self._knowing:
            known = self._known.get(key)
            found = self._known.setdefault(key, Future())
            self.run += known is None
            self.replayed += known is not None
        if known is None:
            try:
                room = self._sandbox.place(place.files)
                found.set_result(self._sandbox.begin(room, work, limits).wait())
            except BaseException as error:
                with self._knowing:
                    del self._known[key]
                found.set_exception(error)
        return Recorded(found)

    def discard(self, place: Wanted) -> None:
        """Nothing was made."""

    def wait(self) -> None:
        """Wait until checks can be run."""
        self._sandbox.wait()

    def stop(self) -> None:
        """Nothing runs on: `begin` returns when all is over, and the sandbox at hand may be other tests' too."""
