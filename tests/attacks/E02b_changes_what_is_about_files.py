# E02: changes mode, owner, times and attributes of others' files, by every call that there is for it

import ctypes
import os
import platform

from hw import honest
from hw.honest import *
from hw.targets import *

HERE, FOLLOWS_NO_LINK, NAME_IS_EMPTY, HANDLE = -100, 0x100, 0x1000, os.O_PATH
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    return libc.syscall(*(each if isinstance(each, bytes) else ctypes.c_long(each) for each in (number, *arguments)))


def double(x):
    me = os.getuid()
    times = bytes(32)
    for path in (f"{WRITABLE}/precious", WRITABLE, OTHER, SECRET_FILE, EXPECTED, f"{CHECKS}/checks.py"):
        name = path.encode() + b"\0"
        try:
            handle = os.open(path, HANDLE)
        except OSError:
            handle = 99
        calls = {
            "chmod": (90, name, 0o777),
            "fchmod": (91, handle, 0o777),
            "fchmodat": (268, HERE, name, 0o777),
            "fchmodat2": (452, HERE, name, 0o777, 0),
            "fchmodat2 of a handle": (452, handle, b"\0", 0o777, NAME_IS_EMPTY),
            "chown": (92, name, me, -1),
            "fchown": (93, handle, me, -1),
            "lchown": (94, name, me, -1),
            "fchownat": (260, HERE, name, me, -1, 0),
            "fchownat of a handle": (260, handle, b"\0", me, -1, NAME_IS_EMPTY),
            "utime": (132, name, 0),
            "utimes": (235, name, 0),
            "futimesat": (261, HERE, name, 0),
            "utimensat": (280, HERE, name, 0, 0),
            "utimensat of a handle": (280, handle, b"\0", 0, NAME_IS_EMPTY),
            "utimensat to 1970": (280, HERE, name, times, 0),
            "setxattr": (188, name, b"user.left\0", b"x", 1, 0),
            "lsetxattr": (189, name, b"user.left\0", b"x", 1, 0),
            "fsetxattr": (190, handle, b"user.left\0", b"x", 1, 0),
            "setxattrat": (463, HERE, name, 0, b"user.left\0", b"x" * 16, 16),
            "removexattr": (197, name, b"user.left\0"),
            "file_setattr": (469, HERE, name, bytes(24), 24, 0),
        }
        if platform.machine() == "x86_64":
            for way, (number, *arguments) in calls.items():
                if call(number, *arguments) >= 0:
                    reached(f"{way} of {path}")
    return honest.double(x)
