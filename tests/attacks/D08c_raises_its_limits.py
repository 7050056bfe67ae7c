# D08: raises its own limits, its place in the queue for the processor, and holds memory that cannot be swapped

import ctypes
import os
import resource

from hw import honest
from hw.honest import *

KINDS = ("AS", "CORE", "CPU", "FSIZE", "MEMLOCK", "MSGQUEUE", "NOFILE", "NPROC")
MUCH = resource.RLIM_INFINITY


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    for kind in KINDS:
        which = getattr(resource, f"RLIMIT_{kind}")
        for raised in ((MUCH, MUCH), (resource.getrlimit(which)[1] + 1,) * 2):
            for go in (lambda: resource.setrlimit(which, raised), lambda: resource.prlimit(os.getpid(), which, raised)):
                try:
                    go()
                    reached(f"{kind} {raised}")
                except (OSError, ValueError, OverflowError):
                    pass
    ways = {
        "priority": lambda: os.nice(-5),
        "a policy of real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
        "a policy of turns": lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(99)),
    }
    for way, go in ways.items():
        try:
            go()
            reached(way)
        except OSError:
            pass
    kept = ctypes.create_string_buffer(1 << 20)
    if libc.mlock(kept, 1 << 20) == 0:
        reached("memory that stays")
    return honest.double(x)
