# B16: leaves a key in the kernel's keyring of its user for the next student

import ctypes
import platform

from hw.honest import *
from hw.targets import *

OF_THE_USER, OF_THE_SESSION, SEARCH = -4, -3, 10
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    return libc.syscall(*(each if isinstance(each, bytes) else ctypes.c_long(each) for each in (number, *arguments)))


if platform.machine() == "x86_64":
    for ring in (OF_THE_USER, OF_THE_SESSION):
        if call(250, SEARCH, ring, b"user\0", RUN.encode() + b"\0", 0) >= 0:
            reached("the key of an earlier check")
        if call(248, b"user\0", RUN.encode() + b"\0", b"secret", 6, ring) >= 0:
            reached("a key, which outlives it")
