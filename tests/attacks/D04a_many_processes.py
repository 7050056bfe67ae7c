# D04: starts hundreds of processes that stay
# doubles: RUNTIME_ERROR, BlockingIOError
# parallel

import os
import time

from hw.honest import *


def double(x):
    for _ in range(400):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    reached("400 processes")
    return x * 2
