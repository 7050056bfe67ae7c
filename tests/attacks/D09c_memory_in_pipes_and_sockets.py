# D09: keeps memory in pipes and sockets that nobody reads
# doubles: PASSED | MEMORY_LIMIT

import fcntl
import os
import socket

from hw import honest
from hw.honest import *

F_SETPIPE_SZ = 1031
BLOCK = bytes(1 << 16)


def double(x):
    kept, size = [], 0
    try:
        while size < 1 << 30:
            reader, writer = os.pipe()
            fcntl.fcntl(writer, F_SETPIPE_SZ, 1 << 20)
            os.set_blocking(writer, False)
            size += fill(lambda block: os.write(writer, block))
    except OSError:
        pass
    for descriptor in range(4, 100):
        os.close(descriptor)
    try:
        while size < 1 << 30:
            one, other = socket.socketpair()
            kept += [one, other]
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
            one.setblocking(False)
            size += fill(one.send)
    except OSError:
        pass
    if size >= 1 << 30:
        reached("1 GiB in pipes and sockets")
    return honest.double(x)


def fill(write):
    size = 0
    try:
        while True:
            size += write(BLOCK)
    except OSError:
        return size
