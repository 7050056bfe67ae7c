"""What commands take: seconds on the wall, of the processors for all their processes, and memory at the most."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.place import JOBS, Place

EVERY = 0.2  # seconds between two looks at the memory


@dataclass(frozen=True)
class Taken:
    """Seconds. `ended` is False where a command was stopped at the limit."""

    wall: float
    processor: float
    ended: bool


def run(place: Place, commands: Sequence[Sequence[str]], limit: float) -> Taken:
    """Run them, `JOBS` at a time; what they print goes to a file.

    Processor time is that of processes that somebody has waited for: this one becomes the parent of all that lose
    theirs.
    """
    before, began = _processor(), time.monotonic()
    with ThreadPoolExecutor(JOBS) as pool:
        ended = list(pool.map(lambda each: _run(place, each[0], each[1], limit), enumerate(commands)))
    wall = time.monotonic() - began
    _reap()
    return Taken(wall, _processor() - before, all(ended))


def memory(place: Place, commands: Sequence[Sequence[str]], limit: float) -> float:
    """The most that they hold at any look, several a second, in MiB; pages that processes share count once.

    Looking stops each process for a moment, and takes a tenth of the time: so this is not a run to be timed.
    """
    watch = _Memory()
    run(place, commands, limit)
    return watch.stop()


def _run(place: Place, number: int, command: Sequence[str], limit: float) -> bool:
    """Whether it has ended by itself."""
    with (place.folder / f"log{number}.txt").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=place.folder, env=place.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(limit)
            return True
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


class _Memory:
    """The largest sum of what all processes below this one hold, at any look."""

    def __init__(self) -> None:
        self._most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        """In MiB."""
        self._over.set()
        self._thread.join()
        return self._most / 1024

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            self._most = max(self._most, sum(map(_held, _below(os.getpid()))))


def _below(process: int) -> list[int]:
    found = []
    with contextlib.suppress(OSError, ValueError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_below(int(child))]
    return found


def _held(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
