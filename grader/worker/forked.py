"""How a fork of the warm process is asked for cases, and answers.

descriptor 3, at first   the socket on which cases are asked for, one at a time: a message with three descriptors, a
                         request as JSON, and where to write the result and the log; a process that is to compute on
                         a device says there first that it does
descriptor 3, then       where the result of the case goes; 1 and 2: its log
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from functools import partial
from typing import Any

from grader.worker.cell_trial import Runner, Trial
from grader.worker.first_step import first_step
from grader.worker.forked_runner import ForkedRunner

RESULT = 3
CONTROL = 10  # or the next that is free


class ForkedChannel:
    """One case after another, each with a result and a log of its own."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._control = socket.socket(fileno=fcntl.fcntl(RESULT, fcntl.F_DUPFD_CLOEXEC, CONTROL))
        self._receive = partial(socket.recv_fds, self._control, 16, 3)

    def compute(self) -> None:
        """Take a step on the device, and say so. Raises what torch raises where nothing can be computed there."""
        first_step(self._device)
        self._control.send(b"computes")

    def receive(self) -> dict[str, Any] | None:
        """The next request; None where nobody asks any more."""
        message, descriptors, _, _ = self._receive()
        if not message:
            return None
        request, *pipes = descriptors
        for source, targets in zip(pipes, ((RESULT,), (1, 2)), strict=True):
            for target in targets:
                os.dup2(source, target, inheritable=target != RESULT)
            os.close(source)
        with os.fdopen(request, "rb") as file:
            asked: dict[str, Any] = json.loads(file.read())
        return asked

    def send(self, data: bytes) -> None:
        """Part of the result."""
        left = memoryview(data)
        while left:
            left = left[os.write(RESULT, left) :]

    def runner(self, trial: Trial) -> Runner:
        """A process that runs the cells of a notebook."""
        return ForkedRunner(trial, RESULT, self._device)
