# E11: sends signals to the grader, its own parent, the first process and all in between, by every call there is for it

import ctypes
import os
import platform
import signal

from hw import honest
from hw.honest import *
from hw.targets import *

TKILL, TGKILL, QUEUE, QUEUE_THREAD, OPEN_PROCESS, SEND = 200, 234, 129, 297, 434, 424


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    info = (ctypes.c_int * 32)(signal.SIGWINCH, 0, -1, 0, os.getpid(), os.getuid())
    for pid in {GRADER_PID, os.getppid(), os.getpgid(0)} - {0, os.getpid()}:
        for number in (0, signal.SIGCONT, signal.SIGWINCH):  # who may send these may send the deadly ones
            for receiver in (pid, -pid):
                try:
                    os.kill(receiver, number)
                    reached(f"process {receiver} by signal {number}")
                except OSError:
                    pass
        try:
            signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGWINCH)
            reached(f"process {pid} by its handle")
        except OSError:
            pass
        if platform.machine() == "x86_64":
            for name, arguments in {
                "tkill": (TKILL, pid, signal.SIGWINCH),
                "tgkill": (TGKILL, pid, pid, signal.SIGWINCH),
                "rt_sigqueueinfo": (QUEUE, pid, signal.SIGWINCH, info),
                "rt_tgsigqueueinfo": (QUEUE_THREAD, pid, pid, signal.SIGWINCH, info),
            }.items():
                if libc.syscall(*arguments) >= 0:
                    reached(f"process {pid} by {name}")
    found = []
    for pid in {*range(2, 3000), *range(max(2, GRADER_PID - 2000), GRADER_PID + 4000)} - {os.getpid()}:
        try:
            os.kill(pid, 0)
            found.append(pid)
        except OSError:
            pass
    if found:
        reached(f"processes {found}")
    return honest.double(x)
