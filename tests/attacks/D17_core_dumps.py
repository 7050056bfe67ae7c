# D17: asks for a dump of its whole memory to a file, and crashes
# doubles: RUNTIME_ERROR
# averages: RUNTIME_ERROR, Aborted

import os
import resource

from hw.honest import *


def double(x):
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    reached("dumps of any size")
    return x * 2


def mean(numbers):
    if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
        reached("a dump")
    os.abort()
