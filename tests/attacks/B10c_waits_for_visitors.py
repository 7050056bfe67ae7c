# B10: opens a port of the machine and waits there for somebody from outside
# levels: restricted

import socket

from hw import honest
from hw.honest import *


def double(x):
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        try:
            server = socket.socket(family)
            server.bind((address, 0))
            server.listen()
            reached(f"a port of its own, {server.getsockname()[1]}")
        except OSError:
            pass
    return honest.double(x)
