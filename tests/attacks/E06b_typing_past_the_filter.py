# E06: asks for typing with numbers that a careless filter takes for others: the kernel itself must not be asked

import ctypes
import errno
import platform

from hw import honest
from hw.honest import *

TYPE, PASTE, DISCIPLINE = 0x5412, 0x541C, 0x5423


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    key = ctypes.create_string_buffer(b"\n")
    if platform.machine() == "x86_64":
        for request in (TYPE, PASTE, DISCIPLINE):
            for high in (0, 1 << 32, 1 << 63, 0xFFFFFFFF << 32):
                done = libc.syscall(16, ctypes.c_long(1), ctypes.c_ulong(request | high), key)
                if done >= 0 or ctypes.get_errno() != errno.EPERM:
                    reached(f"request {request | high:x}, with {errno.errorcode[ctypes.get_errno()]}")
    return honest.double(x)
