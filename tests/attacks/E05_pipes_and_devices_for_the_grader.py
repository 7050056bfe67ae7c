# E05: leaves named pipes, sockets and devices where the grader might open a file and wait for ever

import os
import socket
import stat

from hw import honest
from hw.honest import *


def double(x):
    for place in (".", os.environ["TMPDIR"], "../submission", os.path.dirname(__file__)):
        for name in ("result", "result.json", "log", "plot.png", "__init__.py"):
            try:
                os.mkfifo(f"{place}/{name}")
            except OSError:
                pass
        for kind, device in ((stat.S_IFCHR, (1, 1)), (stat.S_IFCHR, (5, 0)), (stat.S_IFBLK, (254, 0))):
            try:
                os.mknod(f"{place}/device", kind | 0o666, os.makedev(*device))
                reached(f"a device in {place}")
            except OSError:
                pass
    try:
        socket.socket(socket.AF_UNIX).bind("socket")
    except OSError:
        pass
    return honest.double(x)
