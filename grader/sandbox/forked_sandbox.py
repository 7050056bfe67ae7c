"""A sandbox whose processes are forks of one warm process, in rooms that shut them in: see `sandbox`."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.core.errors import SandboxError, UsageError
from grader.core.limits import LAYERS, Layer, Level, Limits
from grader.kernel import landlock
from grader.sandbox.bubblewrap import sweep_orphans
from grader.sandbox.cgroup import Cgroup, find_parents
from grader.sandbox.devices import ON_THE_HOST, Gpu, Lender, gpus
from grader.sandbox.folder_room import FolderRoom, sweep_rooms
from grader.sandbox.room import BubblewrapRoom, Room, room_arguments
from grader.sandbox.run import Running
from grader.sandbox.slot import DEVICE_SECONDS, Slot
from grader.sandbox.users import SpareUsers
from grader.sandbox.warm_process import WarmProcess
from grader.sandbox.worker_process import WorkerProcess


class ForkedSandbox:
    """A zygote and the places in which its forks run. Safe to use from several threads; a place belongs to one.

    `layers` are those of the level; a test or a measurement may leave some out, nothing else does. Raises `UsageError`
    where there is no such device, or none that this level can use.
    """

    def __init__(self, level: Level, *, device: str = "cpu", layers: frozenset[Layer] | None = None) -> None:
        if level is Level.RESTRICTED and device != "cpu":
            raise UsageError("a GPU cannot be used at the sandbox level restricted; use --device cpu or another level")
        self.level = level
        self.device = device
        self._gpus = _lender(level) if device != "cpu" else None
        self.layers = LAYERS[level] if layers is None else layers
        # Before the zygote starts: version 2 of cgroups may have this process, alone, step aside.
        self._groups = find_parents() if Layer.CGROUP in self.layers else None
        self._zygote = WarmProcess(level, device)
        self._renewing = threading.Lock()
        self._stopped = False
        self._burials = ThreadPoolExecutor(max_workers=4, thread_name_prefix="burial")
        self._arguments: list[str] = []
        if level is not Level.ISOLATED:
            sweep_rooms()
        else:
            sweep_orphans()
            self._arguments = room_arguments(scratch=Limits(seconds=0).scratch)
        self._fenced = level is not Level.ISOLATED and landlock.has_scopes()
        as_root = os.geteuid() == 0 and Layer.CAPABILITIES in LAYERS[level]
        self._users = SpareUsers() if as_root else None

    def __enter__(self) -> Self:
        return self

    def stop(self) -> None:
        """End everything that runs, at once and for good: it all becomes a `SandboxError`."""
        with self._renewing:
            self._stopped = True
            self._zygote.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._burials.shutdown()
        self._zygote.close()

    def wait(self) -> None:
        """Wait until checks can be run.

        Raises `SandboxError` where the warm process does not start, `UsageError` where no room can use the device.
        """
        self._zygote.wait()
        places = [self.place({}) for _ in range(len(self._gpus) if self._gpus else 0)]  # where alike, one on each
        while places:
            try:
                self.open(places.pop(), {}, Limits(seconds=DEVICE_SECONDS)).end()
            except SandboxError as error:
                for place in places:
                    self.discard(place)
                said = f"nothing can be computed on it in a room here ({error})"
                raise UsageError(f"--device {self.device}: {said}; use --device cpu") from None

    @property
    def counts_memory_together(self) -> bool:
        """Whether the memory limit holds for all processes of a check together, by a cgroup."""
        return self._groups is not None

    @property
    def gpu_names(self) -> str:
        """What the GPUs are called, each kind once; empty where none is used."""
        return self._gpus.names if self._gpus else ""

    def fitting(self, jobs: int, limits: Limits) -> int:
        """As many of the `jobs` as the GPUs can hold at a time under these limits; all, where none is used."""
        return min(jobs, self._gpus.holds(limits.memory)) if self._gpus else jobs

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> Slot:
        """Begin to make a place whose room holds `files` (path in the room -> content). Raises `SandboxError`.

        Of a `secret` one the kernel's caches forget what its processes have brought there, where it has a cgroup.
        """
        uid = self._users.lend() if self._users else None
        gpu = self._gpus.lend() if self._gpus else None
        room: Room | None = None
        group: Cgroup | None = None
        try:
            if self._arguments:
                room = BubblewrapRoom(files, self._arguments, gpu.nodes if gpu else ())
            else:
                room = FolderRoom(files, uid)
            group = Cgroup(self._groups) if self._groups and Layer.CGROUP in self.layers else None
            return Slot(room, uid, group, self._living(), secret=secret, gpu=gpu)
        except BaseException as error:
            if room:
                room.kill()
                room.remove()
            if group:
                group.remove()
            self._give_back(uid, gpu)
            if isinstance(error, OSError):
                raise SandboxError(f"no room could be made: {error}") from None
            raise

    def open(self, place: Slot, common: Mapping[str, Any], limits: Limits, *, only_one: bool = False) -> WorkerProcess:
        """Start the process that runs cases in `place`; `common` is what their requests share. Raises `SandboxError`.

        Of the limits all but seconds hold for the process as a whole; seconds are those of all its cases together.
        Unless `common` says that it "computes" nothing, it has used the device before it is asked for anything: what
        fails then is not the student's.
        """
        process = WorkerProcess(place, by_wall=self.device != "cpu", only_one=only_one, bury=lambda: self._bury(place))
        try:
            if place.group:
                memory = limits.memory + limits.scratch + (ON_THE_HOST if place.gpu else 0)
                place.group.limit(memory=memory, processes=limits.processes, cores=limits.cores)
            process.start(self._request(place, common, limits))
        except BaseException as error:
            process.end()
            if isinstance(error, OSError):
                raise SandboxError(f"no process could be started: {error}") from None
            raise
        return process

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        """Run one case in `place`, in a process of its own; its clock starts now. Raises `SandboxError`."""
        process = self.open(place, {"computes": _computes(work)}, limits, only_one=True)
        try:
            return process.begin(work, limits)
        except BaseException:
            process.end()
            raise

    def discard(self, place: Slot) -> None:
        """Give up a place in which nothing was begun."""
        place.kill()
        self._bury(place)

    def _request(self, place: Slot, common: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
        return {
            "root": str(place.room.root),
            "uid": place.uid,
            "layers": sorted(self.layers),
            "fenced": self._fenced,
            "reach": asdict(place.room.reach),
            "limits": {
                # CUDA maps terabytes of addresses.
                "memory": limits.memory if self.device == "cpu" else None,
                "processes": self._processes(place, limits),
                "file_size": limits.file_size,
                "open_files": limits.open_files,
                "seconds": limits.seconds,
            },
            "work": {
                **common,
                "computes": self.device != "cpu" and common.get("computes", True),
                "device": self.device,
                "gpu": _share(place.gpu, limits) if place.gpu else None,
                "result_cap": limits.result,
                "loads_in_process": self.level is Level.RESTRICTED,
            },
        }

    def _processes(self, place: Slot, limits: Limits) -> int | None:
        """The kernel counts per user: in a room or with a spare uid our own, else with all that the user runs."""
        if self.level is Level.SEPARATE:
            return None
        if self.level is Level.ISOLATED or place.uid is not None:
            return limits.processes
        return _tasks_of_this_user() + limits.processes

    def _bury(self, place: Slot) -> None:
        def bury() -> None:
            try:
                place.remove()
            finally:
                self._give_back(place.uid, place.gpu)

        self._burials.submit(bury)

    def _give_back(self, uid: int | None, gpu: Gpu | None) -> None:
        if self._users and uid is not None:
            self._users.give_back(uid)
        if self._gpus and gpu:
            self._gpus.give_back(gpu)

    def _living(self) -> WarmProcess:
        """The zygote, or a new one where it has died: only the checks that it died under are lost with it."""
        with self._renewing:
            if self._stopped:
                raise SandboxError("the grader is stopping")
            if not self._zygote.alive():
                try:
                    self._zygote.wait()  # it may have been ready without anybody having asked
                except SandboxError:
                    self._stopped = True  # another would not start either
                    raise
                self._zygote.close()
                self._zygote = WarmProcess(self.level, self.device)
            return self._zygote


def _computes(work: Mapping[str, Any]) -> bool:
    """Whether student code runs in the process itself. Cells are tried in its forks, which could then use no device."""
    return "check" in work or "imports" in work


def _lender(level: Level) -> Lender:
    """Of all GPUs. Raises `UsageError` where there are none, or a room could show only all of them."""
    found = gpus()
    unknown = [gpu.name for gpu in found if not gpu.nodes]
    if level is Level.ISOLATED and unknown:
        raise UsageError(
            f"--device cuda: the driver does not tell which file in /dev is the {unknown[0]}, so no room can show it "
            "alone; use --device cpu, or set CUDA_VISIBLE_DEVICES to GPUs of which it does"
        )
    return Lender(found)


def _share(gpu: Gpu, limits: Limits) -> dict[str, Any]:
    """What the process is to see of the GPU, and which part of its memory its tensors may take."""
    return {"id": gpu.id, "share": 1.0 if limits.whole_gpu else gpu.share(limits.memory)}


def _tasks_of_this_user() -> int:
    """How many processes and threads this user has, on the whole machine."""
    tasks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == os.getuid():
                tasks += sum(1 for _ in (folder / "task").iterdir())
        except OSError:  # it has ended meanwhile
            continue
    return tasks
