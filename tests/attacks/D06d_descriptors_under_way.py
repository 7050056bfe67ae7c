# D06: sends the result pipe to itself in a ring of sockets, so that no process's end closes it at once

import array
import socket

from hw import honest
from hw.honest import *


def double(x):
    for _ in range(20):
        one, other = socket.socketpair()
        rights = array.array("i", [1, 2, 3, one.fileno(), other.fileno()])
        for end in (one, other):
            end.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        one.close()
        other.close()
    return honest.double(x)
