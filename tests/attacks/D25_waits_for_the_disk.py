# D25: has the whole machine write to its disk what it keeps in memory, for everybody to wait for, or to notice
# parallel

import ctypes
import os
import platform

from hw import honest
from hw.honest import *

SYNC, SYNC_FILE_RANGE = 162, 277


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    with open("mine", "wb") as mine:
        mine.write(bytes(4096))
        for _ in range(20):
            if libc.syncfs(mine.fileno()) >= 0:
                reached("syncfs")
            if platform.machine() == "x86_64":
                if libc.syscall(SYNC) >= 0:
                    reached("sync")
                if libc.syscall(SYNC_FILE_RANGE, *map(ctypes.c_long, (mine.fileno(), 0, 0, 7))) >= 0:
                    reached("sync_file_range")
        os.fsync(mine.fileno())  # of its own file it may
    return honest.double(x)
