# B12: connects to a socket of the machine that has a path, as those of services and of a desktop have

import os
import socket

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    os.symlink(SOCKET, "link")
    for path in (SOCKET, "link", "/run/dbus/system_bus_socket", "/run/docker.sock", "/run/systemd/private"):
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            try:
                maker = socket.socket(socket.AF_UNIX, kind)
                maker.connect(path)
                maker.send(b"secret")
                reached(path)
            except OSError:
                pass
    return honest.double(x)
