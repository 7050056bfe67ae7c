"""How much one check may take before it is stopped."""

from dataclasses import dataclass, replace
from typing import Self

MIB = 1 << 20


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
