"""Rooms: the place in which one check runs, made by the trusted process, one per check.

A room holds files by content, never by path, so that no path of the host or of a student is ever followed in it:

    submission/   the student's package           written here
    assignment/   the checks that may be seen     written here
    data/         the check's data file           written here
    box/ tmp/     empty, writable                 written in the room, read by nobody outside

`BubblewrapRoom`, here, is a set of namespaces with a root of its own; the files are read-only. `FolderRoom` is a
temporary folder of the machine's.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import grader
from grader.core.errors import SandboxError
from grader.sandbox import bubblewrap

READY_SECONDS = 20
HOLDER = "/usr/bin/cat"
SYSTEM_LINKS = ("/lib", "/lib32", "/lib64", "/bin", "/sbin")
SYSTEM_FOLDERS = ("/usr", *SYSTEM_LINKS)
SCRATCH = ("/dev/shm", "/tmp", "/box")
LOADER_CACHE = "/etc/ld.so.cache"
PLAIN_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
OUTSIDE = ("submission", "assignment", "data")  # written by the trusted side
INSIDE = ("box", "tmp")  # written by student code


@dataclass(frozen=True, slots=True)
class Reach:
    """The paths that a process in the room may touch, for Landlock."""

    read: tuple[str, ...]
    write: tuple[str, ...]
    devices: tuple[str, ...]


class Room(Protocol):
    """What the sandbox needs of a room."""

    root: Path  # as the child sees it
    reach: Reach
    pids: Sequence[int]  # what adopts what the child leaves behind, once entered

    def enter(self) -> int | None:
        """Wait until it is ready: a pidfd of a process with the room's namespaces, None where there are none."""

    def kill(self) -> None:
        """Kill every process in the room, at once and for certain; does not wait for their end."""

    def remove(self) -> None:
        """Wait for the end of a killed room and leave nothing of it behind."""


class BubblewrapRoom:
    """Namespaces made by bubblewrap and held open by `cat`, whose echo says that the room is ready.

    The constructor only starts bubblewrap (5 to 10 ms); `enter` waits for it. The thread that makes the room must live
    as long as the room: `--die-with-parent` means the thread. `devices` are files in /dev beside the plain ones.
    """

    root = Path("/")

    def __init__(self, files: Mapping[str, bytes], fixed: Sequence[str], devices: Sequence[str] = ()) -> None:
        self.reach = Reach(("/",), SCRATCH, (*PLAIN_DEVICES, *devices))
        with contextlib.ExitStack() as stack:
            arguments, contents = list(fixed), []
            folders = {str(parent) for name in files for parent in PurePosixPath(name).parents[:-1]}
            for folder in sorted(folders):
                arguments += _folder(f"/{folder}")
            for name, content in files.items():
                contents.append(stack.enter_context(in_memory(content)))
                arguments += ["--perms", "0444", "--file", str(contents[-1]), f"/{name}"]
            arguments += _bound(devices)
            arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
            info, info_end = os.pipe()
            stack.callback(os.close, info_end)
            # By descriptor, not on the command line: a process in the room can read /proc/1/cmdline.
            arguments_fd = stack.enter_context(in_memory(b"\0".join(part.encode() for part in arguments)))
            self._info = info
            try:
                self._bwrap = subprocess.Popen(
                    [
                        str(bubblewrap.find() or "bwrap"),
                        "--args",
                        str(arguments_fd),
                        "--info-fd",
                        str(info_end),
                        "--",
                        HOLDER,
                    ],
                    pass_fds=(*contents, arguments_fd, info_end),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    env={"PATH": os.defpath},
                )
            except OSError:
                os.close(info)
                raise
        self._pidfd: int | None = None
        self.pids: Sequence[int] = ()
        assert self._bwrap.stdin
        with contextlib.suppress(BrokenPipeError):  # bwrap said no at once; `enter` reads why
            self._bwrap.stdin.write(b"ready\n")

    def enter(self) -> int | None:
        """Wait for the echo. Joined before it, a child would stand in a half-built root with the host below it."""
        if self._pidfd is None:
            assert self._bwrap.stdout and self._bwrap.stderr
            ready = select.poll()  # `select` knows no descriptor above 1023
            ready.register(self._bwrap.stdout, select.POLLIN)
            if not ready.poll(1000 * READY_SECONDS) or self._bwrap.stdout.readline() != b"ready\n":
                self.kill()
                said = self._bwrap.stderr.read().decode(errors="replace").strip().removeprefix("bwrap: ")
                raise SandboxError(f"bubblewrap: {said or 'not ready in time'}")
            self._know_first()
            if self._pidfd is None:  # without it a child would stay where it is, outside
                raise SandboxError("bubblewrap: the room ended as soon as it was ready")
        return self._pidfd

    def kill(self) -> None:
        """Kill the room's pid 1: the kernel then kills all others, stopped and signal-proof ones too.

        Of a room in the making too: a pid 1 whose bubblewrap is killed before it has told it to go on waits for ever.
        """
        if self._pidfd is None:
            self._know_first()
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        if not self.pids:
            self._bwrap.kill()

    def _know_first(self) -> None:
        """Learn who the room's pid 1 is as soon as bubblewrap tells, which is when it has made it; or that it ended."""
        told, more = b"", select.poll()
        more.register(self._info, select.POLLIN)
        while not told.endswith(b"}\n") and more.poll(1000 * READY_SECONDS) and (part := os.read(self._info, 4096)):
            told += part
        with contextlib.suppress(ValueError, ProcessLookupError):  # it said nothing; it has ended since
            self.pids = (json.loads(told)["child-pid"],)
            self._pidfd = os.pidfd_open(self.pids[0])

    def remove(self) -> None:
        """Once bubblewrap is reaped, every process of the room is dead and its file systems are gone."""
        self._bwrap.wait()
        for stream in (self._bwrap.stdin, self._bwrap.stdout, self._bwrap.stderr):
            assert stream
            stream.close()
        for descriptor in (self._info, self._pidfd):
            if descriptor is not None:
                os.close(descriptor)


def room_arguments(*, scratch: int) -> list[str]:
    """bubblewrap's arguments that are the same for every room: namespaces, the read-only system and interpreter.

    As root no user namespace is made: the child drops to an unprivileged uid instead, which works for an interpreter
    below a private home too. Not `--unshare-all`, which leaves the user namespace out silently where it is forbidden.
    """
    user = [] if os.geteuid() == 0 else ["--unshare-user", *_disable_userns()]
    spaces = [f"--unshare-{space}" for space in ("pid", "net", "ipc", "uts", "cgroup")]
    arguments = [*user, *spaces, "--die-with-parent", "--new-session", "--hostname", "room", "--clearenv"]
    arguments += ["--cap-drop", "ALL", *system_folders()]
    arguments += [*_folder("/etc"), "--ro-bind-try", LOADER_CACHE, LOADER_CACHE]
    arguments += ["--proc", "/proc", *_devices()]
    for folder in SCRATCH:  # before binds below /tmp, which it would hide
        arguments += ["--perms", "1777", "--size", str(scratch), "--tmpfs", folder]
    made = {Path("/etc"), Path("/usr")}
    for path in interpreter():
        for parent in reversed(path.parents[:-1]):
            if parent not in made and not any(parent.is_relative_to(other) for other in interpreter()):
                arguments += _folder(str(parent))
                made.add(parent)
        arguments += ["--ro-bind", str(path), str(path)]
    for folder in OUTSIDE:
        arguments += _folder(f"/{folder}")
    return arguments


def system_folders() -> list[str]:
    """bubblewrap's arguments for the system's programs and libraries, read-only."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for link in map(Path, SYSTEM_LINKS):
        if link.is_symlink():
            arguments += ["--symlink", str(link.readlink()), str(link)]
        elif link.is_dir():
            arguments += ["--ro-bind", str(link), str(link)]
    return arguments


def _devices() -> list[str]:
    """A `/dev` with nothing but what is listed; bubblewrap's own has terminals, of which the machine counts all."""
    arguments = ["--perms", "0755", "--tmpfs", "/dev"]
    arguments += _bound(PLAIN_DEVICES)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        arguments += ["--symlink", f"/proc/self/fd/{number}", f"/dev/{name}"]
    return [*arguments, "--symlink", "/proc/self/fd", "/dev/fd"]


def _bound(nodes: Iterable[str]) -> list[str]:
    return [part for node in nodes for part in ("--dev-bind", node, node)]


def private_folder() -> Path | None:
    """A folder on the way to the interpreter or to `FolderRoom`s that others may not enter; None where all may."""
    for path in (*interpreter(), Path(tempfile.gettempdir())):
        for folder in (path, *path.parents):
            if not folder.stat().st_mode & 0o001:
                return folder
    return None


def shown_by(path: Path) -> Path | None:
    """The folder by which every room would show `path`, if it lies in one: then it is not a place for secrets."""
    return next((bound for bound in shown() if path.resolve().is_relative_to(bound)), None)


def shown() -> list[Path]:
    """All that every room shows of this machine, whichever level it has: the same files to all submissions."""
    system = [Path(folder).resolve() for folder in SYSTEM_FOLDERS if Path(folder).is_dir()]
    return [*_outermost(system), Path(LOADER_CACHE), *interpreter()]


def interpreter() -> list[Path]:
    """What Python needs to run: its prefixes and import folders, and of an editable install only the package itself.

    Of the import path only folders into which packages were installed: any other, such as that of a checkout on
    PYTHONPATH, may be a repository with solutions in it.
    """
    package = Path(grader.__file__).resolve().parent
    wanted = [Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve().parent.parent, package]
    wanted += [Path(entry) for entry in sys.path if _holds_installed_packages(Path(entry))]
    folders = {path.resolve() for path in wanted if path.is_dir()} | {Path(sys.prefix)}
    return _outermost(folder for folder in folders if not folder.is_relative_to("/usr"))


def _outermost(folders: Iterable[Path]) -> list[Path]:
    """The folders without those that lie in another."""
    kept: list[Path] = []
    for folder in sorted(set(folders)):
        if not any(folder.is_relative_to(other) for other in kept):
            kept.append(folder)
    return kept


def _holds_installed_packages(folder: Path) -> bool:
    named = folder.name in ("site-packages", "dist-packages")
    return named or (folder.is_absolute() and next(folder.glob("*.dist-info"), None) is not None)


def _folder(path: str) -> list[str]:
    return ["--perms", "0755", "--dir", path]  # without --perms bubblewrap makes it 0700, shut for a spare uid


def _disable_userns() -> list[str]:
    path = bubblewrap.find()
    return ["--disable-userns"] if path and bubblewrap.can_disable_user_namespaces(path) else []


@contextlib.contextmanager
def in_memory(content: bytes) -> Iterator[int]:
    """A descriptor from which `content` can be read, without a file."""
    descriptor = os.memfd_create("grader")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
