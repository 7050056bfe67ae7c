"""Takes away from Python on Linux what macOS or Windows lacks, in each process that has this folder on its PYTHONPATH.

What Python's own modules need of it they have got before; nobody gets it from then on.
"""

import asyncio
import multiprocessing.util
import os
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
    socket: "AF_UNIX SOCK_SEQPACKET recv_fds send_fds",
}.items():
    for name in names.split():
        delattr(owner, name)


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


selectors.DefaultSelector = _OfSockets
subprocess.Popen = _Popen
