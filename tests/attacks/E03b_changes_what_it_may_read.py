# E03: opens files of the library for reading only, which it may, and changes what is about them: mode, times, flags

import ctypes
import fcntl
import os
import platform

import torch
from hw import honest
from hw.honest import *
from hw.targets import *

GET_FLAGS, SET_FLAGS, GET_MORE, SET_MORE = 0x80086601, 0x40086602, 0x801C581F, 0x401C5820
SET_LEASE, WRITE_LEASE, READ_LEASE = 1024, 1, 0


def double(x):
    for path in (torch.__file__, PYTHON, SITE, honest.__file__, os.path.dirname(honest.__file__), os.__file__):
        file = os.open(path, os.O_RDONLY)
        mode = os.fstat(file).st_mode & 0o7777
        ways = {
            "mode": lambda: os.fchmod(file, mode),
            "owner": lambda: os.fchown(file, os.getuid(), os.getgid()),
            "times": lambda: os.utime(file),
            "attributes": lambda: os.setxattr(file, "user.left", b"x"),
            "no attributes": lambda: os.removexattr(file, "user.left"),
            "flags": lambda: fcntl.ioctl(file, SET_FLAGS, fcntl.ioctl(file, GET_FLAGS, bytes(8))),
            "more flags": lambda: fcntl.ioctl(file, SET_MORE, fcntl.ioctl(file, GET_MORE, bytes(28))),
            "lease to read": lambda: fcntl.fcntl(file, SET_LEASE, READ_LEASE),
            "lease to write": lambda: fcntl.fcntl(file, SET_LEASE, WRITE_LEASE),
        }
        for way, go in ways.items():
            try:
                go()
                reached(f"the {way} of {path}")
            except OSError:
                pass
        if platform.machine() == "x86_64":
            number = ctypes.c_long(SET_LEASE | 1 << 32)
            if ctypes.CDLL(None).syscall(72, file, number, READ_LEASE) == 0:
                reached(f"a lease of {path} by a number with a bit too many")
        os.close(file)
    return honest.double(x)
