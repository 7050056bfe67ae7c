"""Control groups: all processes of one check counted together, where this process may make groups (v1 and v2).

Address-space limits count each process for itself and do not see memory that belongs to none (files in memory, socket
buffers); a group counts all of it, and says for certain that memory ran out. It counts processor time, and gives each
check an equal share of it, however many processes it starts. See cgroups(7).
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

from grader.sandbox.processor_time import Reading

PREFIX = "grader-"
BUSY_SECONDS = 2
PERIOD = 100_000  # microseconds, in which a group may take its share of the processors
NEEDED = {"memory", "pids"}
CONTROLLERS = (*sorted(NEEDED), "cpu", "cpuacct")  # those that are used where they are there
OWN = f"{PREFIX}main"  # version 2: the leaf into which this process steps, as a group with groups below holds none


@dataclass(frozen=True)
class Parents:
    """The groups below which those of the checks are made, by controller: all one in version 2.

    `memory` and `pids` are there; `cpu` and, in version 1, `cpuacct` may be.
    """

    groups: Mapping[str, Path]
    version: int

    @property
    def folders(self) -> set[Path]:
        """Each once: controllers may share theirs."""
        return set(self.groups.values())

    @property
    def counts_time(self) -> bool:
        """Whether processor time is counted."""
        return self.version == 2 or "cpuacct" in self.groups


class Cgroup:
    """The group of one check. A process joins by writing "0" to each of `doors`, which stay open until `remove`."""

    _numbers = itertools.count()

    def __init__(self, parents: Parents) -> None:
        name = f"{PREFIX}{os.getpid()}-{next(self._numbers)}-{os.urandom(3).hex()}"  # containers share numbers
        self._version = parents.version
        self._at = {controller: group / name for controller, group in parents.groups.items()}
        self._folders = list(dict.fromkeys(self._at.values()))
        self.counts_time = parents.counts_time
        self.doors: list[int] = []
        try:
            for folder in self._folders:
                folder.mkdir()
            for folder in self._folders:
                self.doors.append(os.open(folder / "cgroup.procs", os.O_WRONLY))
        except OSError:
            self.remove()
            raise

    def limit(self, *, memory: int, processes: int, cores: int) -> None:
        """The most that all processes in here may take together: bytes of memory, their number, and processors.

        Of processors that are wanted by several groups each gets an equal share: that is what a new group begins with.
        """
        (self._at["pids"] / "pids.max").write_text(str(processes + 1))  # and the joiner
        if self._version == 1:
            limits = {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}
        else:
            limits = {"memory.max": memory, "memory.swap.max": 0}
        for file, value in limits.items():
            with contextlib.suppress(FileNotFoundError):  # swap is not counted on every machine
                (self._at["memory"] / file).write_text(str(value))
        if "cpu" in self._at:
            share = {1: ("cpu.cfs_quota_us", f"{cores * PERIOD}"), 2: ("cpu.max", f"{cores * PERIOD} {PERIOD}")}
            file, most = share[self._version]
            with contextlib.suppress(OSError):  # the kernel may have no such limit, or a smaller one for all of us
                (self._at["cpu"] / file).write_text(most)

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process in here because the group's memory was used up."""
        file = "memory.oom_control" if self._version == 1 else "memory.events"
        return _named_number(self._at["memory"] / file, "oom_kill") > 0

    def read(self) -> Reading:
        """The processor time that was taken in here, and the threads that are, where `counts_time`."""
        threads = int((self._at["pids"] / "pids.current").read_text())
        if self._version == 1:
            return Reading(int((self._at["cpuacct"] / "cpuacct.usage").read_text()) / 1e9, threads)
        return Reading(_named_number(self._at["pids"] / "cpu.stat", "usage_usec") / 1e6, threads)

    def forget(self) -> None:
        """Have the kernel drop what only processes in here have brought into its caches: pages of files, and names.

        Code can leave a message there that other code reads later, by how long looking takes.
        """
        _forget(self._at["memory"], self._version)

    def remove(self) -> None:
        """Once its last process has ended. A group that stays busy is left to the sweep of a later start."""
        while self.doors:
            os.close(self.doors.pop())
        deadline = time.monotonic() + BUSY_SECONDS
        for folder in self._folders:
            while not _removed(folder) and time.monotonic() < deadline:
                time.sleep(0.005)


def _named_number(file: Path, name: str) -> int:
    found = re.search(rf"^{name} (\d+)$", file.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _forget(group: Path, version: int) -> None:
    with contextlib.suppress(OSError):  # not all can be dropped, or the kernel is too old to be asked (before 5.19)
        if version == 1:
            (group / "memory.force_empty").write_text("0")
        else:
            (group / "memory.reclaim").write_text((group / "memory.current").read_text())


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # a process lets go of its group a little after its last file is closed
        return False
    return True


def find_parents() -> Parents | None:
    """Where this process may make groups with a limit for memory and processes at least; None where it may not.

    Removes what a killed grader left behind. In version 2 this process may move into a leaf of its own group first.
    """
    try:
        own = _own_groups()
        parents = _version_1(own) or _version_2(own)
    except OSError:
        return None
    if parents:
        for folder in sorted(parents.folders):
            _sweep(folder, parents)
    return parents


def _version_1(own: Mapping[str, Path]) -> Parents | None:
    groups = {name: own[name] for name in CONTROLLERS if name in own and os.access(own[name], os.W_OK)}
    return Parents(groups, 1) if groups.keys() >= NEEDED else None


def _version_2(own: Mapping[str, Path]) -> Parents | None:
    group = own.get("")
    if group is None:
        return None
    if group.name == OWN:
        group = group.parent
    wanted = [name for name in CONTROLLERS if name in (group / "cgroup.controllers").read_text().split()]
    if NEEDED - set(wanted):
        return None
    control = group / "cgroup.subtree_control"
    if missing := set(wanted) - set(control.read_text().split()):
        leaf = group / OWN
        leaf.mkdir(exist_ok=True)
        (leaf / "cgroup.procs").write_text(str(os.getpid()))
        for name in missing:
            try:
                control.write_text(f"+{name}")
            except OSError:
                if name in NEEDED:
                    raise
                wanted.remove(name)
    return Parents(dict.fromkeys(wanted, group), 2)


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


def _sweep(folder: Path, parents: Parents) -> None:
    for group in folder.glob(f"{PREFIX}[0-9]*"):
        maker = group.name.removeprefix(PREFIX).partition("-")[0]
        if not Path(f"/proc/{maker}").exists():
            if folder == parents.groups["memory"]:
                _forget(group, parents.version)
            _removed(group)
