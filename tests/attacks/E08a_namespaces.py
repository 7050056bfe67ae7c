# E08: makes namespaces of every kind, in which it would be root, or enters those of others

import ctypes
import os
import platform
import struct

from hw import honest
from hw.honest import *
from hw.targets import *

KINDS = {"user": 1 << 28, "mount": 1 << 17, "pid": 1 << 29, "net": 1 << 30, "ipc": 1 << 27, "uts": 1 << 26}
KINDS |= {"cgroup": 1 << 25, "time": 1 << 7}
SIGCHLD = 17
CLONE, CLONE3, SETNS, OPEN_PROCESS = 56, 435, 308, 434


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    for name, flag in KINDS.items():
        for flags in (flag, flag | KINDS["user"]):
            pid = os.fork()
            if pid == 0:
                if libc.unshare(flags) == 0:
                    reached(f"unshare of {name}")
                os._exit(0)
            os.waitpid(pid, 0)
            if platform.machine() != "x86_64":
                continue
            if name != "time":
                made = libc.syscall(CLONE, ctypes.c_long(flags | SIGCHLD), 0, 0, 0, 0)
                if made == 0:
                    os._exit(0)
                if made > 0:
                    reached(f"clone into a new {name}")
                    os.waitpid(made, 0)
            asked = struct.pack("8Q", flags, 0, 0, 0, SIGCHLD, 0, 0, 0)
            made = libc.syscall(CLONE3, asked, len(asked))
            if made == 0:
                os._exit(0)
            if made > 0:
                reached(f"clone3 into a new {name}")
                os.waitpid(made, 0)
            for pid in {GRADER_PID, os.getppid(), 1} - {0}:
                handle = libc.syscall(OPEN_PROCESS, pid, 0)
                if handle >= 0 and libc.syscall(SETNS, handle, ctypes.c_long(flag)) == 0:
                    reached(f"the {name} of process {pid}")
    return honest.double(x)
