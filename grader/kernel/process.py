"""The kernel calls that confine a fork of the zygote (Linux, ctypes only).

Runs in forked children, after torch was imported and before any student code. The order in which `zygote` makes the
calls is forced by the kernel: see `docs/decisions/002-sandbox.md`.
"""

import contextlib
import ctypes
import math
import os
import resource
import select
import struct
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_python = ctypes.PyDLL(None)  # calls that keep the interpreter lock

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
OF_A_ROOM = (CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 8, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 36, 38, 47, 4
SECCOMP_MODE_FILTER, BYTES_OF_AN_INSTRUCTION = 2, 8
CAPABILITY_VERSION_3 = 0x20080522
SIGKILL = 9
MADV_COLLAPSE = 25
CLOSE_RANGE = 436  # the same number on every architecture


def bare_fork() -> int:
    """`fork` without Python's and torch's handlers for it, which touch, and so copy, three hundred pages.

    For a process of one thread, and a fork that itself runs little: one that forks again by `os.fork` for real work.
    """
    pid = _python.fork()
    if pid < 0:
        raise OSError("fork failed")
    return int(pid)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies; `parent` is a pidfd of that, and is closed.

    Raises `ProcessLookupError` where it has died before the kernel knew. (Of a process outside of its pid namespace a
    child cannot tell by `getppid`.)
    """
    _prctl(PR_SET_PDEATHSIG, SIGKILL)
    ended, _, _ = select.select([parent], [], [], 0)
    os.close(parent)
    if ended:
        raise ProcessLookupError("the parent of this process has ended")


def join(room: int, *, user_namespace: bool) -> None:
    """Enter all namespaces of the process behind the pidfd `room` in one atomic call (split, it fails for users).

    The pid namespace holds for children only. Needs a single thread.
    """
    _checked(_libc.setns(room, sum(OF_A_ROOM) | (CLONE_NEWUSER if user_namespace else 0)), "setns")


def keep_only(log: int, *kept: int) -> None:
    """Make 0 /dev/null, 1 and 2 `log`, 3 and on `kept`, and close all else: a folder would be an escape."""
    import fcntl

    # A descriptor that was received may itself have a low number: move all out of the way first.
    log, *kept_above = (fcntl.fcntl(fd, fcntl.F_DUPFD, 60) for fd in (log, *kept))
    sources = [os.open(os.devnull, os.O_RDONLY), log, log, *kept_above]
    for target, source in enumerate(sources):
        os.dup2(source, target, inheritable=target < 3)
    close_range = [ctypes.c_long(each) for each in (CLOSE_RANGE, len(sources), 0x7FFFFFFF, 0)]
    _checked(_libc.syscall(*close_range), "close_range")  # older C libraries have no function for it


def drop_privileges(uid: int | None) -> None:
    """Give up every capability for good, and become `uid` where one is given.

    The bounding set goes first: dropping it needs a capability that the later steps take away. An ordinary user outside
    of a room has no capability to begin with, and `no_new_privileges` sees to it that none comes.
    """
    with contextlib.suppress(PermissionError):
        for capability in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1):
            _prctl(PR_CAPBSET_DROP, capability)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _prctl(PR_SET_KEEPCAPS, 0)
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(struct.pack("Ii", CAPABILITY_VERSION_3, 0))
    _checked(_libc.capset(header, ctypes.create_string_buffer(24)), "capset")


def no_new_privileges() -> None:
    """No exec gains privileges from here on."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def close_memory() -> None:
    """Other processes cannot read this one's memory from here on, nor trace it."""
    _prctl(PR_SET_DUMPABLE, 0)


def filter_system_calls(filter: bytes) -> None:
    """Put on a seccomp filter of compiled BPF instructions. Needs `no_new_privileges`."""
    instructions = ctypes.create_string_buffer(filter, len(filter))
    count = len(filter) // BYTES_OF_AN_INSTRUCTION
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", count, ctypes.addressof(instructions)))
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program))


def adopt_orphans() -> None:
    """Become the parent of all that this process's descendants leave behind, so that nothing slips away."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def limit(*, memory: int | None, processes: int | None, file_size: int, open_files: int, seconds: float) -> None:
    """Set the rlimits. `memory` is counted beyond what the process maps already; None leaves a limit as it is.

    `seconds` of processor time, infinite for no limit, are a backstop: the clock is the grader's.
    """
    limits = {
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if math.isfinite(seconds):
        limits[resource.RLIMIT_CPU] = (int(seconds) + 5) * (os.cpu_count() or 1)  # of all threads
    if memory is not None:
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limits[resource.RLIMIT_AS] = mapped + memory
    if processes is not None:
        limits[resource.RLIMIT_NPROC] = processes
    for which, most in limits.items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def use_huge_pages() -> None:
    """Back the memory that this process has written by huge pages where the kernel can (Linux 6.1 and later).

    A fork copies one entry for each page and its end frees one each: with 2 MiB pages both take a quarter of the time.
    What the kernel declines stays as it was.
    """
    huge = 1 << 21
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, permissions, _, _, inode, *_ = line.split()
        begin, end = (int(address, 16) for address in span.split("-"))
        begin, end = -(-begin // huge) * huge, end // huge * huge
        if permissions.startswith("rw") and inode == "0" and begin < end:
            _libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), MADV_COLLAPSE)


def _prctl(operation: int, first: int, second: int = 0) -> None:
    arguments = [ctypes.c_ulong(value) for value in (first, second, 0, 0)]
    _checked(_libc.prctl(operation, *arguments), f"prctl {operation}")


def _checked(returned: int, what: str) -> None:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
