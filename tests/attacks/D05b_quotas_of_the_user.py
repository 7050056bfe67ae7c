# D05: uses up what the kernel counts by user: pipe pages, watches, polls, timers, signals, keys
# parallel

import ctypes
import fcntl
import os
import select
import signal
import time

from hw import honest
from hw.honest import *

F_SETPIPE_SZ = 1031


def double(x):
    libc = ctypes.CDLL(None)
    kept = []
    for _ in range(60):
        try:
            kept.append(os.pipe())
            fcntl.fcntl(kept[-1][1], F_SETPIPE_SZ, 1 << 20)
            kept.append(select.epoll())
        except OSError:
            break
    for _ in range(200):
        libc.inotify_init()
    timer = ctypes.c_void_p()
    for _ in range(20_000):
        if libc.timer_create(0, None, ctypes.byref(timer)) != 0:
            break
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
    for _ in range(20_000):
        if libc.sigqueue(os.getpid(), signal.SIGRTMIN, None) != 0:
            break
    time.sleep(0.5)
    return honest.double(x)
