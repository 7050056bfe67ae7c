"""Takes away from Python on Linux what macOS or Windows lacks, in each process that has this folder on its PYTHONPATH.

What Python's own modules need of it they have got before; nobody gets it from then on.
"""

import asyncio
import contextlib
import multiprocessing.util
import os
import pathlib
import select
import selectors
import shutil
import signal
import socket
import stat
import subprocess
import sys
import types

del asyncio, multiprocessing, shutil
subprocess.signal = types.SimpleNamespace(**vars(signal))

for module in ("fcntl", "grp", "pwd", "resource"):
    sys.modules[module] = None
for owner, names in {
    os: "fork forkpty geteuid getuid killpg memfd_create pidfd_open sched_getaffinity setpgid setsid"
    " O_CLOEXEC O_DIRECTORY O_NOFOLLOW",
    signal: "SIGALRM SIGCHLD SIGKILL alarm pidfd_send_signal pthread_kill pthread_sigmask setitimer"
    " ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL",
    select: "epoll poll",
    socket: "AF_UNIX SOCK_SEQPACKET recv_fds send_fds",
}.items():
    for name in names.split():
        delattr(owner, name)


_select = select.select


def _of_sockets(*asked):
    """Windows waits for nothing else."""
    for each in (each for files in asked[:3] for each in files):
        assert stat.S_ISSOCK(os.fstat(each if isinstance(each, int) else each.fileno()).st_mode), "not a socket"
    return _select(*asked)


def _file_system(event, arguments):
    """A file in use is neither deleted nor replaced, and names in a folder differ in more than case."""
    if event in ("os.remove", "os.rename"):
        for path in filter(_is_path, arguments[: 1 + (event == "os.rename")]):
            if pathlib.Path(path).resolve() in _opened():
                raise PermissionError(13, "The process cannot access the file: it is in use", path)
    made = arguments[1:2] if event == "os.rename" else arguments[:1] if event == "os.mkdir" else ()
    made = arguments[:1] if event == "open" and arguments[2] & os.O_CREAT else made
    for path in map(pathlib.Path, filter(_is_path, made)):
        there = {each.name for each in path.parent.iterdir()} if path.parent.is_dir() else set()
        assert path.name in there or path.name.lower() not in map(str.lower, there), f"{path}: in other letters"


def _is_path(path):
    return isinstance(path, str | os.PathLike)


def _opened():
    """The files that this process has open."""
    files = set()
    for descriptor in pathlib.Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the listing's own
            files.add(descriptor.readlink())
    return files


class _OfSockets(selectors.SelectSelector):
    def register(self, fileobj, events, data=None):
        key = super().register(fileobj, events, data)
        assert stat.S_ISSOCK(os.fstat(key.fd).st_mode), "Windows waits for sockets only"
        return key


class _Popen(subprocess.Popen):
    def __init__(self, *args, pass_fds=(), start_new_session=False, **named):
        assert not pass_fds, "no descriptor is passed on Windows"
        assert not start_new_session, "there are no sessions on Windows"
        super().__init__(*args, **named)


select.select = _of_sockets
selectors.DefaultSelector = _OfSockets
sys.addaudithook(_file_system)
subprocess.Popen = _Popen
