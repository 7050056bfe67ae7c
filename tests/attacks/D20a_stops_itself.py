# D20: stops itself, as a debugger would, and has nobody to wake it
# doubles: TIME_LIMIT
# slow

import os
import signal

from hw.honest import *


def double(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return x * 2
