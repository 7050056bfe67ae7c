# B12: connects to a socket of the machine that has no place in the file system

import socket

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        try:
            maker = socket.socket(socket.AF_UNIX, kind)
            maker.connect(f"\0{ABSTRACT}")
            maker.send(b"secret")
            reached(f"the socket {ABSTRACT}")
        except OSError:
            pass
    return honest.double(x)
