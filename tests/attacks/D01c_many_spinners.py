# D01: twenty processes in sessions of their own that compute for ever
# doubles: TIME_LIMIT
# slow
# parallel

import os
import time

from hw.honest import *


def double(x):
    end = time.monotonic() + 30
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            break
    while time.monotonic() < end:
        pass
