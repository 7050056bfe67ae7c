# D04: starts hundreds of processes that stay
# doubles: RUNTIME_ERROR, BlockingIOError
# parallel

import os

from hw.honest import *


def double(x):
    for _ in range(400):
        os.posix_spawn("/usr/bin/sleep", ["sleep", "20"], {})
    reached("400 processes")
    return x * 2
