"""What the processes of one check have taken of the processors: from their cgroup, else from `/proc`. See proc(5)."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100  # of the times in /proc, per second
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds of processor time, of processes that have ended too, and how many threads there are now."""

    seconds: float
    threads: int


Meter = Callable[[], Reading]


def of_processes(roots: Sequence[int]) -> Reading:
    """The processes `roots` and all below them. What has ended counts once somebody has waited for it."""
    ticks = threads = 0
    left = list(roots)
    while left:
        process = Path(f"/proc/{left.pop()}")
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            left += [
                int(child) for task in (process / "task").iterdir() for child in (task / "children").read_text().split()
            ]
        except OSError:  # it has ended meanwhile
            continue
        ticks += sum(map(int, fields[11:15]))  # its own, and of those it has waited for: user, system
        threads += int(fields[17])
    return Reading(ticks / TICK, threads)


@functools.cache
def can_see_processes() -> bool:
    """Whether `/proc` shows this process its children, and what they take: not where it is mounted to hide others'."""
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        return False
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    proc = next((line for line in mounts if " /proc " in line and " - proc " in line), "")
    return os.geteuid() == 0 or not re.search(r"hidepid=(?!0|off)", proc)


def idle() -> float:
    """Seconds for which a core of this machine had nothing to do; 0 where that is not known.

    What a core waited for a disk counts against all: who seems to stand still may be who waits.
    """
    try:
        fields = Path("/proc/stat").read_text().partition("\n")[0].split()
        return (int(fields[4]) - CORES * int(fields[5])) / TICK
    except (OSError, IndexError, ValueError):
        return 0.0
