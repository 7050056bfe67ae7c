# E07: traces the grader, its own parent and its neighbours, reads and writes their memory, takes their descriptors

import ctypes
import os
import platform

from hw import honest
from hw.honest import *
from hw.targets import *

ATTACH, SEIZE, KEEP_ALL = 16, 0x4206, -1
READ, WRITE, OPEN_PROCESS, TAKE, COMPARE, MOVE_PAGES, MIGRATE, RELEASE, ADVISE, LIST = (
    310, 311, 434, 438, 312, 279, 256, 448, 440, 274,
)  # fmt: skip
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    return libc.syscall(*(each if isinstance(each, bytes) else ctypes.c_long(each) for each in (number, *arguments)))


def double(x):
    libc.prctl(4, 1, 0, 0, 0)
    buffer = ctypes.create_string_buffer(64)
    span = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 64)
    here = ctypes.addressof(span)
    others = {GRADER_PID, os.getppid(), 1, *range(GRADER_PID - 20, GRADER_PID + 20)} - {0, os.getpid()}
    for pid in others if platform.machine() == "x86_64" else ():
        for name, arguments in {
            "traced": (101, SEIZE, pid, 0, 0),
            "its memory read": (READ, pid, here, 1, here, 1, 0),
            "its memory written": (WRITE, pid, here, 1, here, 1, 0),
            "compared": (COMPARE, os.getpid(), pid, 0, 1, 1),
            "its pages moved": (MOVE_PAGES, pid, 0, 0, 0, 0, 0),
            "its list read": (LIST, pid, here, here + 8),
        }.items():
            if call(*arguments) >= 0:
                reached(f"process {pid}: {name}")
        handle = call(OPEN_PROCESS, pid, 0)
        if handle < 0:
            continue
        for number in range(10):
            if call(TAKE, handle, number, 0) >= 0:
                reached(f"descriptor {number} of process {pid}")
        if call(ADVISE, handle, here, 1, 20, 0) >= 0:
            reached(f"advice on the memory of {pid}")
        if call(RELEASE, handle, 0) >= 0:
            reached(f"the memory of {pid} given back")
        os.close(handle)
    return honest.double(x)
