"""A sandbox without walls, for systems without a safe fork: a fresh process for each group of cases. See `sandbox`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from grader.core.errors import SandboxError, UsageError
from grader.core.limits import Level, Limits
from grader.sandbox.fresh_slot import FreshSlot
from grader.sandbox.levels import NEEDS_LINUX
from grader.sandbox.run import Running
from grader.sandbox.worker_process import WorkerProcess


class FreshSandbox:
    """Safe to use from several threads; a place belongs to one. The first process is started at once.

    Raises `UsageError` for any level but `separate`, and any device but the CPU.
    """

    counts_memory_together = False

    def __init__(self, level: Level, *, device: str = "cpu") -> None:
        if level is not Level.SEPARATE:
            raise UsageError(f"sandbox: there is no {level} here: {NEEDS_LINUX}")
        if device != "cpu":
            raise UsageError(f"--device {device}: it is used on Linux only; use --device cpu")
        self.level = level
        self.device = device
        self._changing = threading.Lock()
        self._stopped = False
        self._spare: FreshSlot | None = FreshSlot()
        self._places = {self._spare}
        self._burials = ThreadPoolExecutor(max_workers=4, thread_name_prefix="burial")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._spare:
            self.discard(self._spare)
        self._burials.shutdown()

    def stop(self) -> None:
        """End everything that runs, at once and for good: it all becomes a `SandboxError`."""
        with self._changing:
            self._stopped = True
            for place in self._places:
                place.kill()

    def wait(self) -> None:
        """Wait until checks can be run. Raises `SandboxError` where the first process does not start."""
        if self._spare:
            self._spare.wait()

    def fitting(self, jobs: int, limits: Limits) -> int:
        """All of the `jobs`: there is no device that could hold fewer."""
        return jobs

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> FreshSlot:
        """Begin to make a place that holds `files` (path in the place -> content). Raises `SandboxError`."""
        place: FreshSlot | None = None
        try:
            with self._changing:
                if self._stopped:
                    raise SandboxError("the grader is stopping")
                place, self._spare = self._spare or FreshSlot(), None
                self._places.add(place)
            place.fill(files)
        except OSError as error:
            if place:
                self.discard(place)
            raise SandboxError(f"no room could be made: {error}") from None
        return place

    def open(
        self, place: FreshSlot, common: Mapping[str, Any], limits: Limits, *, only_one: bool = False
    ) -> WorkerProcess:
        """Start the process that runs cases in `place`; `common` is what their requests share. Raises `SandboxError`.

        Of the limits those of time, result and log hold, for each case; nothing here limits memory or processes.
        """
        process = WorkerProcess(place, by_wall=True, only_one=only_one, bury=lambda: self._bury(place))
        try:
            process.start({**common, "device": self.device, "result_cap": limits.result, "loads_in_process": False})
        except BaseException:
            process.end()
            raise
        return process

    def begin(self, place: FreshSlot, work: Mapping[str, Any], limits: Limits) -> Running:
        """Run one case in `place`, in a process of its own; its clock starts now. Raises `SandboxError`."""
        process = self.open(place, {}, limits, only_one=True)
        try:
            return process.begin(work, limits)
        except BaseException:
            process.end()
            raise

    def discard(self, place: FreshSlot) -> None:
        """Give up a place in which nothing was begun."""
        place.kill()
        self._bury(place)

    def _bury(self, place: FreshSlot) -> None:
        with self._changing:
            self._places.discard(place)
        self._burials.submit(place.remove)
