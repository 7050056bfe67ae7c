# D20: stops, then kills, every process and group that it can reach, its own and its parent's last
# doubles: TIME_LIMIT | RUNTIME_ERROR | MEMORY_LIMIT
# averages: TIME_LIMIT | RUNTIME_ERROR | MEMORY_LIMIT
# slow
# parallel

import os
import signal

from hw.honest import *
from hw.targets import *


def all_others(number):
    try:
        os.kill(GRADER_PID, 0)
    except OSError:
        pass
    else:
        reached("the grader")  # and goes no further: what follows would hit the whole machine
        return
    for pid in {-1, os.getppid(), -os.getppid(), 1, 2, 0}:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def double(x):
    all_others(signal.SIGSTOP)


def mean(numbers):
    all_others(signal.SIGKILL)
