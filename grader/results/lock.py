"""One writer at a time in a folder of results: locks that the system gives up for us, however we end.

out/.lock        of those who grade, and work out what follows from decisions
out/.deciding    of those who decide, for as long as that takes
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from grader.core.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
DECIDING = ".deciding"
CAP = 500  # characters of it that are read
# Of these, other machines need not see our lock.
REMOTE = ("nfs", "cifs", "smb", "9p", "fuse.", "ceph", "glusterfs", "afs", "lustre", "beegfs")
MOUNTS = Path("/proc/self/mountinfo")


@contextmanager
def only_writer(out: Path) -> Iterator[str]:
    """Hold the lock on a folder of results; yields why it may not hold, or nothing.

    Raises `UsageError` where another process has it.
    """
    with (out / LOCK).open("a+") as file:
        doubt = _taken(out, file.fileno())
        if doubt is None:
            raise UsageError(f"{out}: in use {_holder(file)}; wait until it has ended")
        file.truncate(0)
        since = f"{datetime.now().astimezone():%H:%M}"
        json.dump({"since": since, "pid": os.getpid(), "host": socket.gethostname()}, file)
        file.flush()
        try:
            yield doubt
        finally:
            file.truncate(0)


@contextmanager
def deciding(out: Path) -> Iterator[None]:
    """Wait for one's turn, and hold it: nobody else adds to what people have decided meanwhile.

    Grading goes on. Raises `UsageError` where there are no results.
    """
    try:
        descriptor = os.open(out / DECIDING, os.O_RDONLY | os.O_CREAT, 0o666)  # colleagues may have made it
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); name the folder of the results") from None
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _holder(file: TextIO) -> str:
    """Who has the lock, as that one writes down once it has it; until then it may be one that was killed."""
    for _ in range(20):
        file.seek(0)
        match _parsed(file.read(CAP)):
            case {"since": str(since), "pid": int(pid), "host": str(host)} if not _is_gone(pid, host):
                return f"since {since} by pid {pid} on host {host}"
        time.sleep(0.05)
    return "by another process"


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_gone(pid: int, host: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return host == socket.gethostname()
    except (OSError, OverflowError):  # it is somebody else's
        pass
    return False


def _taken(out: Path, descriptor: int) -> str | None:
    """Take the lock: nothing where that worked, why it may not hold, or None where another process has it."""
    if fcntl is None:
        return f"{out}: this system has no locks; run one grader at a time there"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    except OSError as error:
        return f"{out}: cannot be locked ({error.strerror}); run one grader at a time there"
    kind = _file_system(out)
    if kind.startswith(REMOTE):
        return f"{out}: lies on {kind}, where a lock may not hold; run one grader at a time there"
    return ""


def _file_system(place: Path) -> str:
    """The kind of file system that a place is on, as the system calls it; empty where that is not known."""
    device = place.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = [line.split() for line in MOUNTS.read_text(errors="replace").splitlines()]
    except OSError:
        return ""
    return next((line[line.index("-") + 1] for line in lines if line[2] == wanted), "")
