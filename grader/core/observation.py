"""What came back from the sandbox: named plain values, or the fault that stopped the probe."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from grader.core.trace import Line
from grader.core.verdict import Outcome

if TYPE_CHECKING:  # verbs that load no assignment never import torch
    from torch import Tensor

KILLED = 9  # SIGKILL, which Windows does not know
CRASHES = (-signal.SIGSEGV, 0xC0000005, 0xC00000FD)  # Windows: an access violation, a stack overflow

Value: TypeAlias = "Tensor | bool | int | float | str | list[Value] | None"
Values: TypeAlias = "Mapping[str, Value]"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a probe returned no values: the outcome it stands for, one message, one next step.

    `place` is the student's file that it is about, with the line where that is known: `hw/cnn.py:12`. `missing_module`
    is what was imported and is not there. `trace` are the student's lines that led to an exception, and `cause` is the
    same for all that comes from one mistake; empty where that is not known. `quoted` where it was said beside student
    code, or names a student's file.
    """

    outcome: Outcome
    message: str
    next_step: str = ""
    place: str = ""
    missing_module: str = ""
    cause: str = ""
    trace: tuple[Line, ...] = ()
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """One run of one probe: `result` is what it returned or the fault.

    `seconds` is its own time, which counts against limits (see `sandbox.clock`); `passed` is what passed on the wall.
    """

    result: Values | Fault
    seconds: float
    log: str = ""
    passed: float = 0.0


def fault_of_exit(code: int) -> Fault:
    """Why student code ended its process: an exit status, or a signal as a negative number."""
    if code in CRASHES:
        return Fault(
            Outcome.RUNTIME_ERROR, "Python crashed (segmentation fault)", "Look for endless recursion or ctypes."
        )
    if code >= 0:
        message = f"your code ended Python (exit status {code}) before returning a result"
        return Fault(Outcome.RUNTIME_ERROR, message, "Remove the call that exits.")
    if code == -KILLED:
        message = "the system killed Python, most likely because memory ran out"
        return Fault(Outcome.MEMORY_LIMIT, message, "Look for a tensor or a list that is far too large.")
    name = signal.strsignal(-code) or f"signal {-code}"
    return Fault(Outcome.RUNTIME_ERROR, f"Python was killed ({name}) before returning a result")
