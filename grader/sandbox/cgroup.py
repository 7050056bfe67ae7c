"""Control groups: memory and processes of one check counted together, where this process may make groups (v1 and v2).

Address-space limits count each process for itself and do not see memory that belongs to none (files in memory, socket
buffers); a group counts all of it, and says for certain that memory ran out. See cgroups(7).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "grader-"
BUSY_SECONDS = 2
OWN = f"{PREFIX}main"  # version 2: the leaf into which this process steps, as a group with groups below holds none


@dataclass(frozen=True)
class Parents:
    """The groups below which those of the checks are made: one in version 2, one for each controller in version 1."""

    memory: Path
    processes: Path
    version: int


class Cgroup:
    """The group of one check. A process joins by writing "0" to each of `doors`, which stay open until `remove`."""

    _numbers = itertools.count()

    def __init__(self, parents: Parents) -> None:
        name = f"{PREFIX}{os.getpid()}-{next(self._numbers)}-{os.urandom(3).hex()}"  # containers share numbers
        self._version = parents.version
        self._memory, self._processes = parents.memory / name, parents.processes / name
        self._folders = list(dict.fromkeys([self._memory, self._processes]))
        self.doors: list[int] = []
        try:
            for folder in self._folders:
                folder.mkdir()
            for folder in self._folders:
                self.doors.append(os.open(folder / "cgroup.procs", os.O_WRONLY))
        except OSError:
            self.remove()
            raise

    def limit(self, *, memory: int, processes: int) -> None:
        """The most that all processes in here may take together: bytes of memory, and their number."""
        (self._processes / "pids.max").write_text(str(processes + 1))  # and the joiner
        if self._version == 1:
            limits = {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}
        else:
            limits = {"memory.max": memory, "memory.swap.max": 0}
        for file, value in limits.items():
            with contextlib.suppress(FileNotFoundError):  # swap is not counted on every machine
                (self._memory / file).write_text(str(value))

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process in here because the group's memory was used up."""
        file = "memory.oom_control" if self._version == 1 else "memory.events"
        found = re.search(r"^oom_kill (\d+)$", (self._memory / file).read_text(), re.MULTILINE)
        return found is not None and int(found[1]) > 0

    def remove(self) -> None:
        """Once its last process has ended. A group that stays busy is left to the sweep of a later start."""
        while self.doors:
            os.close(self.doors.pop())
        deadline = time.monotonic() + BUSY_SECONDS
        for folder in self._folders:
            while not _removed(folder) and time.monotonic() < deadline:
                time.sleep(0.005)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # a process lets go of its group a little after its last file is closed
        return False
    return True


def find_parents() -> Parents | None:
    """Where this process may make groups with a memory and a process limit; None where it may not.

    Removes what a killed grader left behind. In version 2 this process may move into a leaf of its own group first.
    """
    try:
        own = _own_groups()
        parents = _version_1(own) or _version_2(own)
    except OSError:
        return None
    if parents:
        for folder in {parents.memory, parents.processes}:
            _sweep(folder)
    return parents


def _version_1(own: Mapping[str, Path]) -> Parents | None:
    if {"memory", "pids"} <= own.keys() and all(os.access(own[each], os.W_OK) for each in ("memory", "pids")):
        return Parents(own["memory"], own["pids"], 1)
    return None


def _version_2(own: Mapping[str, Path]) -> Parents | None:
    group = own.get("")
    if group is None:
        return None
    if group.name == OWN:
        group = group.parent
    if not {"memory", "pids"} <= set((group / "cgroup.controllers").read_text().split()):
        return None
    control = group / "cgroup.subtree_control"
    if not {"memory", "pids"} <= set(control.read_text().split()):
        leaf = group / OWN
        leaf.mkdir(exist_ok=True)
        (leaf / "cgroup.procs").write_text(str(os.getpid()))
        control.write_text("+memory +pids")
    return Parents(group, group, 2)


def _own_groups() -> dict[str, Path]:
    """The folder of this process's group for each controller of version 1, and under "" for version 2."""
    mounts: dict[str, tuple[str, Path]] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        _, _, _, root, point, *_ = before.split()
        kind, _, options = after.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            for controller in options.split(",") if kind == "cgroup" else [""]:
                mounts[controller] = (root, Path(point))
    found = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts:
                root, folder = mounts[controller]
                found[controller] = folder / path.removeprefix(root).lstrip("/")
    return found


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}[0-9]*"):
        maker = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not Path(f"/proc/{maker}").exists():
            _removed(folder)
