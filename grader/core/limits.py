"""How much one check may take before it is stopped, and how well its process is shut in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

MIB = 1 << 20


class Level(StrEnum):
    """What stands between student code and the machine. Printed in every report, never chosen silently. Best first."""

    ISOLATED = "isolated"  # a bubblewrap room of its own, and every layer
    RESTRICTED = "restricted"  # every layer, in a plain folder: where user namespaces are forbidden
    SEPARATE = "separate"  # a process of its own with rlimits: no protection against malice


class Layer(StrEnum):
    """What a process puts on, for good, before student code runs in it."""

    CAPABILITIES = "capabilities"  # none, ever; started as root, an unprivileged uid of its own
    NO_NEW_PRIVILEGES = "no_new_privileges"  # no exec gains any; its memory is closed to others
    RLIMITS = "rlimits"  # memory, processes, files, CPU time
    LANDLOCK = "landlock"  # which files it may touch; no TCP; no signal to a process outside
    SECCOMP = "seccomp"  # which system calls it may make
    CGROUP = "cgroup"  # memory, processes and processors of all together, where this machine lets us make cgroups


LAYERS: Mapping[Level, frozenset[Layer]] = {
    Level.ISOLATED: frozenset(Layer),
    Level.RESTRICTED: frozenset(Layer),
    Level.SEPARATE: frozenset({Layer.NO_NEW_PRIVILEGES, Layer.RLIMITS}),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one check's processes: seconds of their own time (see `sandbox.clock`), sizes in bytes, counts."""

    seconds: float
    memory: int = 2048 * MIB  # address space beyond what Python and torch take
    processes: int = 64  # threads count
    cores: int = 1  # that all of them may keep busy together, where this machine lets us make cgroups
    open_files: int = 256
    file_size: int = 256 * MIB
    scratch: int = 256 * MIB  # each of the room's writable folders
    whole_gpu: bool = False  # where one is used: all of its memory, not as much as of the machine's
    result: int = 64 * MIB
    log: int = 1 * MIB

    def within(self, seconds: float) -> Self:
        """The same limits with at most `seconds`."""
        return replace(self, seconds=min(self.seconds, seconds))
