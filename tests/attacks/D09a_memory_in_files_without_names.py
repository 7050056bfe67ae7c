# D09: keeps memory where no limit of a process counts it: files that live in memory only
# doubles: RUNTIME_ERROR, PermissionError

import ctypes
import os

from hw.honest import *


def double(x):
    if ctypes.CDLL(None).syscall(447, 0) >= 0:  # memfd_secret, the same number everywhere
        reached("secret memory")
    os.memfd_create("kept")
    reached("a file in memory")
    return x * 2
