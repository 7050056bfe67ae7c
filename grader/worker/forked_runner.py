"""The runner of `cell_trial` as a fork of the keeper."""

from __future__ import annotations

import contextlib
import json
import os
import random
import selectors
import signal
import time
from typing import Any, NoReturn

import torch

from grader.kernel import process
from grader.worker.cell_trial import LOOK, Trial, run_cells
from grader.worker.first_step import first_step

CPUCLOCK_SCHED = 2
PIPE_SIZE = 1 << 16  # what a pipe holds: the last words of a runner that has ended are read at once


class ForkedRunner:
    """Tells on `result`, which is the result's elsewhere: what cells write there goes to the keeper.

    On a device other than the CPU its first step is waited for, and is charged to no cell; where that fails it ends,
    as where no process is available.
    """

    def __init__(self, trial: Trial, result: int, device: str) -> None:
        self._hearing, telling = os.pipe()
        generator = random.getstate()
        keeper = os.pidfd_open(os.getpid())
        self._runner = os.fork()
        if self._runner == 0:
            _run(trial, keeper, self._hearing, telling, result, generator, device)
        os.close(telling)
        os.close(keeper)
        self._ended = os.pidfd_open(self._runner)
        self._has_ended = False
        self._selector = selectors.DefaultSelector()
        for source in (self._hearing, self._ended):  # what it left behind may hold the pipe open
            self._selector.register(source, selectors.EVENT_READ)
        if device != "cpu":
            self._selector.select()

    def processor_time(self) -> float:
        """Seconds that it has taken, by its clock (clock_getcpuclockid(3)); 0 where it has ended."""
        try:
            return time.clock_gettime(~self._runner << 3 | CPUCLOCK_SCHED)
        except OSError:
            return 0.0

    def read(self) -> bytes | None:
        """What it has told within `LOOK`; None once it has ended."""
        if self._has_ended:
            return None
        ready = [key.fd for key, _ in self._selector.select(LOOK)]
        self._has_ended = self._ended in ready
        told = os.read(self._hearing, PIPE_SIZE) if self._hearing in ready else b""
        if self._hearing in ready and not told:
            self._selector.unregister(self._hearing)
        return told

    def end(self) -> int:
        """Kill it and what it has started, which would be in the way of the next; how it ended."""
        self._selector.close()
        os.close(self._ended)
        os.close(self._hearing)
        os.kill(self._runner, signal.SIGKILL)  # until it is waited for, its number is nobody else's
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._runner, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self._runner, 0)[1])


def _run(
    trial: Trial,
    keeper: int,
    hearing: int,
    telling: int,
    result: int,
    generator: tuple[Any, ...],
    device: str,
) -> NoReturn:
    runner = os.getpid()

    def tell(*said: object) -> None:
        if os.getpid() == runner:  # a cell may fork, and both run on
            os.write(result, b"\n" + json.dumps(said).encode() + b"\n")  # or leave half a line there

    try:
        process.die_with_parent(keeper)
        os.setpgid(0, 0)
        os.dup2(telling, result)
        os.close(telling)
        os.close(hearing)
        if device != "cpu":
            with torch.random.fork_rng(devices=()):
                first_step(device)
            os.write(result, b"\n")
        random.setstate(generator)  # the fork has seeded it anew
        run_cells(trial, tell)
    finally:
        os._exit(0)
