# B06: searches the memory of its own process, byte by byte, for words of the grader
# slow

import ctypes
import os
import re
import time

from hw import honest
from hw.honest import *

BLOCK = 1 << 16


def spans():
    try:
        for line in open("/proc/self/maps").read().splitlines():
            span, permissions, *_ = line.split()
            if permissions.startswith("rw"):
                yield tuple(int(address, 16) for address in span.split("-"))
    except OSError:  # then around what is known to be there
        for thing in (bytearray(100), object(), os.environ, re):
            yield id(thing) - (64 << 20) & ~(BLOCK - 1), id(thing) + (64 << 20)


def double(x):
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    out, into = os.pipe()
    write = ctypes.CDLL(None).write
    end = time.monotonic() + 1.2
    seen = 0
    for begin, stop in spans():
        for address in range(begin, stop, BLOCK):
            if time.monotonic() > end:
                break
            size = write(into, ctypes.c_void_p(address), ctypes.c_size_t(BLOCK))  # fails where nothing is
            if size <= 0:
                continue
            block = os.read(out, BLOCK)
            seen += size
            for word in re.findall(b"canary[0-9a-f]{16}", block):
                reached(word.decode())
    print(f"searched {seen >> 20} MiB")
    return honest.double(x)
