# E07: sets the limits of the grader's process: no more files, no more time

import ctypes
import os
import platform
import resource

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    for pid in {GRADER_PID, os.getppid(), 1} - {0}:
        for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_AS):
            try:
                now = resource.prlimit(pid, limit)
                reached(f"limit {limit} of process {pid}: {now}")
                resource.prlimit(pid, limit, now)
                reached(f"a new limit {limit} of process {pid}")
            except OSError:
                pass
        if platform.machine() == "x86_64":
            now = ctypes.create_string_buffer(16)
            done = ctypes.CDLL(None).syscall(302, ctypes.c_long(pid | 1 << 32), ctypes.c_long(7), None, now)
            if done >= 0:
                reached(f"the limits of process {pid}, whose number has a bit too many")
    return honest.double(x)
