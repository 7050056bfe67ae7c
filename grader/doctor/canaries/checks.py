"""What `grader doctor` tries from within the sandbox. `hw.target` holds real things of the doctor's to reach for.

Every probe returns {"reached": what it got that it must not get, or "", "how": what stopped it}. The first line of its
docstring is what the doctor shows.
"""

import ctypes
import os
import socket
import sys
import time
from collections.abc import Callable

from grader import check, equal

CLONE_NEWUSER, PTRACE_TRACEME = 0x10000000, 0
PR_SET_NAME = 15


def attempt(action: Callable[[], object]) -> dict[str, str]:
    """Do it; an error is what stopped it."""
    try:
        return {"reached": str(action())[:100], "how": ""}
    except (OSError, MemoryError, RuntimeError) as error:
        return {"reached": "", "how": getattr(error, "strerror", None) or type(error).__name__}


def left(target: object) -> list[str]:
    """Files that one check leaves and another looks for."""
    return [f"{folder}/{target.LEFT}" for folder in ("/tmp", "/dev/shm", ".")]


def call(name: str, *arguments: object) -> str:
    """A function of the C library; its failure is raised."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return name


@check(points=1, seconds=10, expect=[equal("reached")])
def reads(hw):
    """Read one of the grader's files by its path"""
    return attempt(lambda: open(hw.target.SECRET_FILE).read())


@check(points=1, seconds=10, expect=[equal("reached")])
def writes(hw):
    """Write into one of the grader's folders"""
    return attempt(lambda: open(hw.target.PRECIOUS, "a").write("written"))


@check(points=1, seconds=10, expect=[equal("reached")])
def changes(hw):
    """Change the permissions of one of the grader's files"""
    return attempt(lambda: os.chmod(hw.target.PRECIOUS, 0o600) or "chmod")


@check(points=1, seconds=10, expect=[equal("reached")])
def environment(hw):
    """Read the grader's environment"""
    if hw.target.VARIABLE in os.environ:
        return {"reached": hw.target.VARIABLE, "how": ""}
    return attempt(lambda: open(f"/proc/{hw.target.GRADER}/environ").close() or "all of it")


@check(points=1, seconds=10, expect=[equal("reached")])
def signals(hw):
    """Send a signal to the grader"""
    return attempt(lambda: os.kill(hw.target.GRADER, 0) or "the grader")


@check(points=1, seconds=10, expect=[equal("reached")])
def limits(hw):
    """Lower one of the grader's limits"""
    import resource

    return attempt(lambda: resource.prlimit(hw.target.GRADER, resource.RLIMIT_CORE))


@check(points=1, seconds=10, expect=[equal("reached")])
def network(hw):
    """Connect to a server over the network"""
    return attempt(lambda: socket.create_connection(("127.0.0.1", hw.target.PORT), timeout=2) and "connected")


@check(points=1, seconds=10, expect=[equal("reached")])
def services(hw):
    """Connect to a service of this machine"""
    client = attempt(lambda: socket.socket(socket.AF_UNIX).connect(hw.target.SERVICE) or "connected")
    return (
        client if client["reached"] else attempt(lambda: socket.socket(socket.AF_UNIX).connect("\0" + hw.target.NAME))
    )


@check(points=1, seconds=10, expect=[equal("reached")])
def namespaces(hw):
    """Make a user namespace, to be root in it"""
    return attempt(lambda: call("unshare", CLONE_NEWUSER))


@check(points=1, seconds=10, expect=[equal("reached")])
def tracing(hw):
    """Trace a process"""
    return attempt(lambda: call("ptrace", PTRACE_TRACEME, 0, 0, 0))


@check(points=1, seconds=10, expect=[equal("reached")])
def memory_files(hw):
    """Take memory that no limit counts"""
    return attempt(lambda: os.close(os.memfd_create("canary")) or "a file in memory")


@check(points=1, seconds=10, expect=[equal("reached")])
def memory(hw):
    """Ask for 64 GiB of memory"""
    return attempt(lambda: len(bytearray(1 << 36)))


@check(points=1, seconds=10, expect=[equal("reached")])
def processes(hw):
    """Start 200 processes"""

    def start() -> str:
        for _ in range(200):
            if os.fork() == 0:
                time.sleep(60)
        return "200 processes"

    return attempt(start)


@check(points=1, seconds=10, expect=[equal("reached")])
def privileges(hw):
    """Be root, or have a capability"""
    sets = ctypes.create_string_buffer(24)
    call("capget", ctypes.create_string_buffer(bytes.fromhex("22050820") + bytes(4)), sets)
    if os.getuid() == 0 or any(sets.raw):
        return {"reached": f"uid {os.getuid()}, capabilities {sets.raw.hex()}", "how": ""}
    return {"reached": "", "how": "an ordinary user, no capabilities"}


@check(points=1, seconds=10, expect=[equal("reached")])
def leaves(hw):
    """Leave a process behind"""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(PR_SET_NAME, hw.target.DAEMON.encode(), 0, 0, 0)
            time.sleep(60)
        os._exit(0)
    os.wait()
    for path in left(hw.target):
        attempt(lambda path=path: open(path, "w").close())
    return {"reached": "", "how": "it ends with its check"}


@check(points=1, seconds=10, expect=[equal("reached")])
def finds(hw):
    """Find a file that another check has left"""
    found = [path for path in left(hw.target) if os.path.exists(path)]
    return {"reached": ", ".join(found), "how": "every check has its own folders"}


@check(points=1, seconds=1, expect=[equal("reached")])
def never_ends(hw):
    """Run forever"""
    while True:
        pass


@check(points=1, seconds=10, expect=[equal("reached")])
def prints(hw):
    """Print endlessly"""
    while True:
        sys.stdout.write("x" * 65536)
