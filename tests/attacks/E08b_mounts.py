# E08: mounts, moves and opens file systems, changes its root

import ctypes
import errno
import platform

from hw import honest
from hw.honest import *

HERE = -100
CALLS = {
    "mount": (165, b"none", b".", b"tmpfs", 0, 0),
    "bind": (165, b"/", b".", b"", 4096, 0),
    "umount2": (166, b"/", 2),
    "pivot_root": (155, b".", b"."),
    "chroot": (161, b"."),
    "open_tree": (428, HERE, b".", 1),
    "open_tree_attr": (467, HERE, b".", 1, 0, 0),
    "fsopen": (430, b"tmpfs", 0),
    "fspick": (433, HERE, b".", 0),
    "fsmount": (432, 99, 0, 0),
    "move_mount": (429, HERE, b".", HERE, b".", 0),
    "mount_setattr": (442, HERE, b".", 0, bytes(32), 32),
    "statmount": (457, bytes(24), bytes(512), 512, 0),
    "listmount": (458, bytes(24), bytes(512), 64, 0),
    "name_to_handle_at": (303, HERE, b".", bytes(200), bytes(8), 0),
    "open_by_handle_at": (304, HERE, bytes(200), 0),
    "swapon": (167, b"x", 0),
    "quotactl": (179, 0, b"x", 0, 0),
}


def typed(argument):
    return ctypes.create_string_buffer(argument) if type(argument) is bytes else ctypes.c_long(argument)


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if platform.machine() == "x86_64":
        for name, arguments in CALLS.items():
            if libc.syscall(*map(typed, arguments)) >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
                reached(f"{name}, with {errno.errorcode.get(ctypes.get_errno())}")
    return honest.double(x)
