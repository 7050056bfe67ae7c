# D03: ignores, blocks and handles every signal, gives up its parent's care, and loops
# doubles: TIME_LIMIT
# slow

import ctypes
import os
import signal
import time

from hw.honest import *


def double(x):
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # no signal when the parent dies
    if os.fork() == 0:
        os.setsid()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        pass
