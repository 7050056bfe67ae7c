"""The warm process: imports torch once, takes one tiny step on the CPU, then only forks.

Started as `-m grader.worker.zygote FD LEVEL DEVICE`.

FD is a SOCK_SEQPACKET socket. It says `ready` once. Then each message brings the far end of a *door*, a socket of the
same kind, and descriptors of cgroups to join; for each the zygote forks a *joiner*, which waits at its door while its
room is made and the check before it runs. One request comes through the door, as JSON, with descriptors: the socket on
which the child is asked for cases, a pipe for its first words and, for a bubblewrap room, a pidfd of the room's pid 1.
The joiner enters the room and forks the *child*: the only process that ever runs student code.

The joiner says at the door {"joiner": its number} when it waits there, then {"exit": code} when the child has ended, or
{"error": text} when there was no child. It holds the ended child unreaped, so that its process group cannot be
mistaken, until the other end of the door is shut; then it kills all that the child has left and ends. The child does
what `work` says.
"""

from __future__ import annotations

import array
import contextlib
import itertools
import json
import os
import pwd
import select
import signal
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from grader import OFFERING
from grader.core import extras
from grader.core.limits import Layer, Level
from grader.core.without_collection import without_collection
from grader.kernel import landlock, process

SETUP_FAILED = 70
JOINER = 4  # the descriptor of the joiner in its child, until that has put everything on
FORKS_BEFORE_HUGE_PAGES = 32  # a dozen submissions; with small pages these cost as much as making the rest huge


def main() -> None:
    """Warm up, say so, and serve until the other end of the socket is closed."""
    control, level = socket.socket(fileno=int(sys.argv[1])), Level(sys.argv[2])
    os.environ.pop("GLIBC_TUNABLES", None)  # read by now, and not for what students start
    with without_collection():  # a collection in a fork would touch, and so copy, every page
        kept = warm_up(sys.argv[3])  # noqa: F841  the override of dropout lives as long as this reference
    filter = _system_call_filter(level)
    warm = os.pidfd_open(os.getpid())
    control.send(json.dumps({"ready": True, "threads": len(list(Path("/proc/self/task").iterdir()))}).encode())
    for forks in itertools.count():
        if forks == FORKS_BEFORE_HUGE_PAGES:
            process.use_huge_pages()
        message, descriptors, whole = _receive(control)
        if not message:
            return
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        with contextlib.suppress(OSError):  # no process available, or a message that was cut: costs its own check only
            if whole and process.bare_fork() == 0:
                _join(warm, filter, control, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def warm_up(device: str) -> object:
    """Import and prepare what checks will want, with one thread: threads that torch starts do not survive a fork.

    The first step backward starts threads for every GPU that there is; so where checks run on one, each process takes
    that step for itself.

    What an extra brings is imported where it is installed; where it is and fails to load, so does this process.
    """
    if extras.is_there("matplotlib"):
        _import_pyplot()
    import torch
    import torch._dynamo  # the first optimizer step imports it: a second
    import torch.profiler
    import torch.utils.data

    from grader.worker.first_step import first_step
    from grader.worker.torch_settings import settle_torch

    library = settle_torch()
    torch.use_deterministic_algorithms(True, warn_only=True)  # compiled code too
    if extras.is_there("torchvision"):
        import torchvision

        torchvision.disable_beta_transforms_warning()
    if device == "cpu":
        first_step(device)  # with one thread it starts no other, and forks may use several
    torch.manual_seed(0)  # the first seeding imports modules; and no fork sees what the step drew
    _import_worker()
    return library


def _import_worker() -> None:
    """Last: `between` notes which modules there are, and how they are set, as it is imported."""
    for module in OFFERING:  # files of checks import these: a tenth of a second in each room
        import_module(f"grader.checks.{module}")
    if all(map(extras.is_there, extras.EXTRAS["notebook"])):
        import grader.worker.rendering
    import torch

    import grader.worker.forked
    import grader.worker.gpu_share
    import grader.worker.work  # noqa: F401
    from grader.core.wire import encode_values

    encode_values({"one": torch.zeros(1)}, cap=1 << 10)  # the first time it imports more


def _import_pyplot() -> None:
    """It keeps its list of fonts, half a second's work, in a folder that must be nobody else's to write."""
    with contextlib.suppress(OSError, KeyError):  # then it makes the list again
        folder = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache" / "grader"
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["MPLCONFIGDIR"] = str(folder)  # a child gets one of its own
    import matplotlib.pyplot  # noqa: F401


def _system_call_filter(level: Level) -> bytes:
    """Compiled here, once: a fork only hands it to the kernel."""
    if level is Level.SEPARATE:
        return b""
    from grader.kernel import seccomp

    return seccomp.compiled(level)


def _receive(control: socket.socket) -> tuple[bytes, list[int], bool]:
    size = array.array("i").itemsize
    message, ancillary, flags, _ = control.recvmsg(1 << 18, socket.CMSG_SPACE(8 * size), socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data[: len(data) - len(data) % size])
    return message, list(descriptors), not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)


def _join(warm: int, filter: bytes, control: socket.socket, door_fd: int, *groups: int) -> NoReturn:
    """The joiner: enters the room, forks the child, reports its end. Never runs student code.

    Written with few and plain calls: every page that it touches is copied.
    """
    door = socket.socket(fileno=door_fd)
    try:
        control.close()
        os.setsid()
        for group in groups:
            os.write(group, b"0")
            os.close(group)
        door.send(b'{"joiner": %d}' % os.getpid())
        score = os.open("/proc/self/oom_score_adj", os.O_RDWR)  # before setns: afterwards it is not allowed
        own_score = os.read(score, 16)
        os.write(score, b"1000")
        message, descriptors, _ = _receive(door)
        if not message:
            os._exit(0)
        request = json.loads(message)
        requests, log, *room = descriptors
        if room:
            process.join(room[0], user_namespace=request["uid"] is None)
            os.close(room[0])
        if not room and request["fenced"]:
            _fence()  # it outlives its parent, or nobody would kill what is inside; the door tells when to
        else:
            process.die_with_parent(warm)  # after the change of namespaces, which would undo it
        joiner = os.pidfd_open(os.getpid())
        child = os.fork()
        if child == 0:
            _become_child(joiner, request, requests, log, filter)
        os.write(score, own_score)  # where memory runs out, the child goes first, and we live to tell
        for descriptor in (joiner, requests, log, score):
            os.close(descriptor)
        _watch(child, door, fenced=not room and request["fenced"])
    except OSError as error:
        door.send(json.dumps({"error": str(error)}).encode())
    finally:
        os._exit(0)


def _fence() -> None:
    """Stand in for a pid namespace: this process can signal what it starts, and nothing else. Tried, not trusted."""
    process.no_new_privileges()
    landlock.fence()
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        process.adopt_orphans()
        return
    raise OSError("signals reach out of the fence")


def _watch(child: int, door: socket.socket, *, fenced: bool) -> None:
    pidfd = os.pidfd_open(child)
    ready, _, _ = select.select([pidfd, door.fileno()], [], [])
    if pidfd in ready:
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        with contextlib.suppress(OSError):  # nobody listens any more
            door.send(b'{"exit": %d}' % code)
            door.recv(1)
    if fenced:
        _kill_all_inside()
    else:  # in a room its pid 1 is killed too, and all with it
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _kill_all_inside() -> None:
    """-1 is every process that may be signalled: within the fence, those of this check, wherever they have hidden."""
    with contextlib.suppress(ChildProcessError):
        while True:
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)
            os.waitpid(-1, 0)


def _become_child(joiner: int, request: dict[str, Any], requests: int, log: int, filter: bytes) -> NoReturn:
    """Confine this process for good, in the order that the kernel forces, then do the work."""
    try:
        # The pid namespace does not cover process groups: in its parent's group the child could kill the joiner.
        os.setsid()
        process.keep_only(log, requests, joiner)
        root = Path(request["root"])
        os.chdir(root / "box")
        os.umask(0o077)
        temporary = str(root / "tmp")
        os.environ.update(HOME=str(root / "box"), TMPDIR=temporary, MPLCONFIGDIR=temporary)
        tempfile.tempdir = None  # what it found in the zygote is not this room's
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        sys.argv[:] = [""]
        vars(sys.modules["__main__"]).pop("__file__", None)  # multiprocessing's spawn would look for it
        from grader.worker.forked import ForkedChannel
        from grader.worker.gpu_share import take_share
        from grader.worker.work import serve

        _put_on(request, filter)
        work = request["work"]
        channel = ForkedChannel(work["device"])
        if work["gpu"]:
            take_share(**work["gpu"])
        if work["computes"]:
            channel.compute()
        serve(work, root, channel)
    except BaseException as error:  # before student code began: `work` itself catches all that comes later
        os.write(2, f"the child could not begin: {error!r}".encode())
        os._exit(SETUP_FAILED)


def _put_on(request: dict[str, Any], filter: bytes) -> None:
    layers = request["layers"]
    if Layer.CAPABILITIES in layers:
        process.drop_privileges(request["uid"])
    process.die_with_parent(JOINER)  # after the change of uid, which would undo it
    if Layer.NO_NEW_PRIVILEGES in layers:
        process.no_new_privileges()
        process.close_memory()
    if Layer.RLIMITS in layers:
        process.limit(**request["limits"])
    if Layer.LANDLOCK in layers:
        landlock.restrict(**request["reach"])
    if Layer.SECCOMP in layers:
        process.filter_system_calls(filter)


if __name__ == "__main__":
    main()
