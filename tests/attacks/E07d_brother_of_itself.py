# E07: makes a process that is not its child but its parent's, so that it is not the one whose end is looked for

import ctypes
import os
import platform
import struct

from hw import honest
from hw.honest import *

CLONE, CLONE3, OF_MY_PARENT, SIGCHLD = 56, 435, 0x8000, 17


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if platform.machine() == "x86_64":
        asked = struct.pack("8Q", OF_MY_PARENT, 0, 0, 0, 0, 0, 0, 0)
        for arguments in ((CLONE, OF_MY_PARENT | SIGCHLD, 0, 0, 0, 0), (CLONE3, asked, len(asked))):
            made = libc.syscall(*(each if type(each) is bytes else ctypes.c_long(each) for each in arguments))
            if made == 0:
                os._exit(0)
            if made > 0:
                reached(f"a brother, {made}")
    return honest.double(x)
