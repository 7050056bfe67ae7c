# E11: has the kernel kill its parent, which belongs to the grader, when something can be read from a descriptor

import fcntl
import os
import signal
import socket
import struct
import time

from hw import honest
from hw.honest import *

SET_SIGNAL, SET_OWNER = 10, 15
THREAD, PROCESS, GROUP = 0, 1, 2


def double(x):
    for kind in (THREAD, PROCESS, GROUP):
        one, other = socket.socketpair()
        reader, writer = os.pipe()
        for number in (one.fileno(), reader):
            try:
                fcntl.fcntl(number, SET_OWNER, struct.pack("ii", kind, os.getppid()))
                fcntl.fcntl(number, SET_SIGNAL, signal.SIGKILL)
                fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
                other.send(b"x")
                os.write(writer, b"x")
                other.send(b"!", socket.MSG_OOB)
            except OSError:
                pass
    time.sleep(0.1)
    return honest.double(x)
