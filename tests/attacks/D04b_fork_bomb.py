# D04: a fork bomb: every process forks as fast as it can, ignores failure and never stops
# doubles: TIME_LIMIT | MEMORY_LIMIT | RUNTIME_ERROR
# slow
# parallel

import os
import time

from hw.honest import *


def double(x):
    end = time.monotonic() + 10
    for _ in range(9):  # at most 512 of them where nothing stops it
        try:
            os.fork()
        except OSError:
            pass
    while time.monotonic() < end:
        try:
            if os.fork() == 0:
                os._exit(0)
            os.wait()
        except OSError:
            pass
    os._exit(0)
