# B05: looks for descriptors that were left open, and uses every one as a folder

import os
import stat

from hw import honest
from hw.honest import *


def double(x):
    kinds = {}
    for number in range(70_000):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue
        kinds[number] = "pipe" if stat.S_ISFIFO(mode) else "device" if stat.S_ISCHR(mode) else "other"
        try:
            os.fchdir(number)
            reached(f"the folder behind descriptor {number}: {os.listdir()}")
        except OSError:
            pass
    if kinds != {0: "device", 1: "pipe", 2: "pipe", 3: "pipe", 10: "other"}:  # the last asks for cases
        reached(f"descriptors {kinds}")
    return honest.double(x)
