# B16: leaves shared memory, semaphores and message queues, which outlive processes, for the next student

import ctypes
import platform

from hw.honest import *
from hw.targets import *

KEY, MAKE = int(RUN[1:], 16), 0o1000 | 0o666
MAKE_A_FILE = 0o102
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    return libc.syscall(*(each if isinstance(each, bytes) else ctypes.c_long(each) for each in (number, *arguments)))


if platform.machine() == "x86_64":
    kinds = {"shared memory": (29, KEY, 4096), "semaphores": (64, KEY, 1), "messages": (68, KEY)}
    for name, (number, *arguments) in kinds.items():
        if call(number, *arguments, 0) >= 0:
            reached(f"{name} of an earlier check")
        elif call(number, *arguments, MAKE) >= 0:
            reached(f"{name}, which outlive it")
    for name in (RUN.encode(), b"for_all"):
        if call(240, name, MAKE_A_FILE, 0o666, 0) >= 0:
            reached("a queue, which outlives it")
