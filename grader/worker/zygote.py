"""The warm process: imports torch once, takes one tiny step, then only forks.

Started as `-m grader.worker.zygote FD LEVEL`.

FD is a SOCK_SEQPACKET socket. It says `ready` once. Then each message brings the far end of a *door*, a socket of the
same kind, and descriptors of cgroups to join; for each the zygote forks a *joiner*, which waits at its door while its
room is made and the check before it runs. One request comes through the door, as JSON, with descriptors: result pipe,
log pipe and, for a bubblewrap room, a pidfd of the room's pid 1. The joiner enters the room and forks the *child*: the
only process that ever runs student code.

The joiner says at the door {"exit": code} when the child has ended, or {"error": text} when there was no child. It
holds the ended child unreaped, so that its process group cannot be mistaken, until the other end of the door is shut;
then it kills all that the child has left and ends. The child does what `work` says.
"""

from __future__ import annotations

import array
import contextlib
import gc
import json
import os
import pwd
import select
import signal
import socket
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, NoReturn

from grader.core import extras
from grader.core.limits import Layer, Level
from grader.kernel import landlock, process

SETUP_FAILED = 70


def main() -> None:
    """Warm up, say so, and serve until the other end of the socket is closed."""
    control, level = socket.socket(fileno=int(sys.argv[1])), Level(sys.argv[2])
    kept = warm_up()  # noqa: F841  the override of dropout lives as long as this reference
    filter = _system_call_filter(level)
    control.send(json.dumps({"ready": True, "threads": len(list(Path("/proc/self/task").iterdir()))}).encode())
    while True:
        message, descriptors, whole = _receive(control)
        if not message:
            return
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        with contextlib.suppress(OSError):  # no process available, or a message that was cut: costs its own check only
            if whole and process.bare_fork() == 0:
                _join(filter, control, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def warm_up() -> object:
    """Import and prepare what checks will want, with one thread: threads that torch starts do not survive a fork.

    What an extra brings is imported where it is installed; where it is and fails to load, so does this process.
    """
    if extras.is_there("matplotlib"):
        _import_pyplot()
    import torch
    import torch._dynamo  # the first optimizer step imports it: a second
    import torch.profiler
    import torch.utils.data

    import grader.checks.checks
    import grader.worker.work
    from grader.worker.portable_random import install_portable_dropout

    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation.*")
    if extras.is_there("torchvision"):
        import torchvision

        torchvision.disable_beta_transforms_warning()
    if all(map(extras.is_there, extras.EXTRAS["notebook"])):
        import grader.worker.rendering  # noqa: F401
    library = install_portable_dropout()
    _first_step()
    torch.manual_seed(0)  # the first seeding imports modules; and no fork sees what the step drew
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, every page
    process.use_huge_pages()
    return library


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


def _first_step() -> None:
    """One tiny training step: what torch sets up at its first operations, 10 ms and more, every fork then has.

    With one thread this starts no other, and forks may use several (tried; a step with two threads makes them hang).
    """
    import torch
    from torch import nn

    layers = (nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.MaxPool2d(2), nn.Flatten())
    model = nn.Sequential(*layers, nn.Linear(8 * 15 * 15, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    loss = nn.CrossEntropyLoss()(model(torch.ones(2, 3, 32, 32)), torch.tensor([0, 1]))
    loss.backward()
    optimizer.step()


def _receive(control: socket.socket) -> tuple[bytes, list[int], bool]:
    size = array.array("i").itemsize
    message, ancillary, flags, _ = control.recvmsg(1 << 18, socket.CMSG_SPACE(8 * size), socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data[: len(data) - len(data) % size])
    return message, list(descriptors), not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)


def _join(filter: bytes, control: socket.socket, door_fd: int, *groups: int) -> NoReturn:
    """The joiner: enters the room, forks the child, reports its end. Never runs student code.

    Written with few and plain calls: every page that it touches is copied.
    """
    door = socket.socket(fileno=door_fd)
    try:
        control.close()
        os.setsid()
        process.die_with_parent()
        for group in groups:
            os.write(group, b"0")
            os.close(group)
        score = os.open("/proc/self/oom_score_adj", os.O_RDWR)  # before setns: afterwards it is not allowed
        own_score = os.read(score, 16)
        os.write(score, b"1000")
        message, descriptors, _ = _receive(door)
        if not message:
            os._exit(0)
        request = json.loads(message)
        result, log, *room = descriptors
        if room:
            process.join(room[0], user_namespace=request["uid"] is None)
            os.close(room[0])
        elif request["fenced"]:
            _fence()
        child = os.fork()
        if child == 0:
            _become_child(request, result, log, filter)
        os.write(score, own_score)  # where memory runs out, the child goes first, and we live to tell
        for descriptor in (result, log, score):
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
        process.outlive_parent()  # or nobody would kill what is inside; the door tells when to
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


def _become_child(request: dict[str, Any], result: int, log: int, filter: bytes) -> NoReturn:
    """Confine this process for good, in the order that the kernel forces, then do the work."""
    try:
        # The pid namespace does not cover process groups: in its parent's group the child could kill the joiner.
        os.setsid()
        process.keep_only(result, log)
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
        from grader.worker.work import work

        _put_on(request, filter)
        work(request["work"], root)
    except BaseException as error:  # before student code began: `work` itself catches all that comes later
        os.write(2, f"the child could not begin: {error!r}".encode())
        os._exit(SETUP_FAILED)


def _put_on(request: dict[str, Any], filter: bytes) -> None:
    layers = request["layers"]
    if Layer.CAPABILITIES in layers:
        process.drop_privileges(request["uid"])
    process.die_with_parent()  # after the change of uid, which would undo it
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
