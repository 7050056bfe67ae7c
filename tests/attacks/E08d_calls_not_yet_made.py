# E08: calls by numbers for which there is no name yet, in case a newer kernel has something there

import ctypes
import errno
import platform

from hw import honest
from hw.honest import *

KNOWN_AND_FREE = {459, 461, 462}  # what it is itself, names of modules, a seal on its own memory


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if platform.machine() == "x86_64":
        for number in {*range(457, 550)} - KNOWN_AND_FREE:
            done = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
            if done >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
                reached(f"call {number}, with {errno.errorcode.get(ctypes.get_errno())}")
    return honest.double(x)
