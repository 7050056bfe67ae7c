"""How much one check may take before it is stopped, and how well its process is shut in."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

MIB = 1 << 20


class Level(StrEnum):
    """What stands between student code and the machine. Printed in every report, never chosen silently."""

    ISOLATED = "isolated"  # a bubblewrap room of its own, no network, no capabilities, rlimits
    SEPARATE = "separate"  # a process of its own with rlimits: no protection against malice


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one check's process: seconds of the grader's clock, sizes in bytes, counts."""

    seconds: float
    memory: int = 2048 * MIB  # address space beyond what Python and torch take
    processes: int = 64  # threads count
    open_files: int = 256
    file_size: int = 256 * MIB
    scratch: int = 256 * MIB  # each of the room's writable folders
    result: int = 64 * MIB
    log: int = 1 * MIB

    def within(self, seconds: float) -> Self:
        """The same limits with at most `seconds`."""
        return replace(self, seconds=min(self.seconds, seconds))
