# B11: makes sockets of every family but that of local ones, to the kernel, a hypervisor, a wire

import ctypes
import platform
import socket

from hw import honest
from hw.honest import *


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    for family in range(2, 50):
        for kind in (1, 2, 3, 5, 10):
            for protocol in (0, 16):
                if libc.socket(family, kind, protocol) >= 0:
                    reached(f"a socket of family {family}, type {kind}")
    if platform.machine() == "x86_64" and libc.syscall(41, ctypes.c_long((1 << 32) + 2), 1, 0) >= 0:
        reached("a socket whose family has a bit too many")
    pair = (ctypes.c_int * 2)()
    for family in range(2, 50):
        if libc.socketpair(family, socket.SOCK_STREAM, 0, pair) == 0:
            reached(f"a pair of sockets of family {family}")
    return honest.double(x)
