# B12: takes one of a pair of sockets, which needs no permission, and sends from it to sockets of the machine

import errno
import os
import socket

from hw import honest
from hw.honest import *
from hw.targets import *

RAW_MEANS_DATAGRAM = 3
CONNECTED = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)  # for good: a name is ignored, connecting again is refused
ODD_FLAGS = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK


def double(x):
    names = [SOCKET, f"\0{ABSTRACT}", "/dev/log", "/run/systemd/journal/socket", "/run/systemd/notify"]
    for kind in (socket.SOCK_DGRAM, RAW_MEANS_DATAGRAM, ODD_FLAGS, *CONNECTED):
        for name in names:
            for send in (by_sendto, by_sendmsg, by_connecting):
                try:
                    one, _ = socket.socketpair(socket.AF_UNIX, kind)
                except OSError:
                    continue
                try:
                    send(one, name)
                    if kind not in CONNECTED:
                        reached(f"{name!r} {send.__name__} of a pair of type {kind}")
                except OSError as error:
                    if error.errno == errno.EPROTOTYPE and kind not in CONNECTED:  # only the type was wrong
                        reached(f"the door of {name!r} {send.__name__} of a pair of type {kind}")
    return honest.double(x)


def by_sendto(one, name):
    one.sendto(b"secret", name)


def by_sendmsg(one, name):
    one.sendmsg([b"secret"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, os.dup(0).to_bytes(4, "little"))], 0, name)


def by_connecting(one, name):
    one.connect(name)
    one.send(b"secret")

