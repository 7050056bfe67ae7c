# E08: calls the parts of the kernel in which holes have been found: none may be answered but by a refusal

import ctypes
import errno
import platform

from hw import honest
from hw.honest import *

CALLS = {
    "io_uring_setup": (425, 8, bytes(120)),
    "io_uring_enter": (426, 99, 1, 1, 0, 0, 0),
    "io_uring_register": (427, 99, 0, 0, 0),
    "bpf": (321, 0, bytes(128), 128),
    "userfaultfd": (323, 1),
    "perf_event_open": (298, bytes(128), 0, -1, -1, 0),
    "keyctl": (250, 0, -3, 1),
    "add_key": (248, b"user", b"x", b"x", 1, -3),
    "request_key": (249, b"user", b"x", 0, 0),
    "memfd_create": (319, b"x", 0),
    "memfd_secret": (447, 0),
    "personality": (135, 0x0040000),
    "modify_ldt": (154, 1, bytes(16), 16),
    "ptrace": (101, 0, 0, 0, 0),
    "kexec_load": (246, 0, 0, 0, 0),
    "kexec_file_load": (320, 99, 99, 0, 0, 0),
    "init_module": (175, b"x", 1, b""),
    "finit_module": (313, 99, b"", 0),
    "delete_module": (176, b"x", 0),
    "acct": (163, b"x"),
    "reboot": (169, 0, 0, 0, 0),
    "sethostname": (170, b"x", -1),
    "setdomainname": (171, b"x", -1),
    "settimeofday": (164, 0, 0),
    "clock_settime": (227, 99, bytes(16)),
    "clock_adjtime": (305, 99, bytes(208)),
    "adjtimex": (159, bytes(208)),
    "syslog": (103, 10, 0, 0),
    "iopl": (172, 3),
    "ioperm": (173, 0x80, 1, 1),
    "vhangup": (153,),
    "fanotify_init": (300, 0x200, 0),
    "lookup_dcookie": (212, 0, bytes(8), 8),
    "kcmp": (312, 1, 1, 0, 0, 0),
    "landlock_create_ruleset": (444, 0, 0, 1),
    "mknod": (133, b"device", 0o20666, 0x101),
    "map_shadow_stack": (453, 0, 4096, 0),
    "lsm_set_self_attr": (460, 100, bytes(32), 32, 0),
    "uselib": (134, b"x"),
    "ustat": (136, 0, bytes(64)),
    "process_madvise": (440, 99, 0, 0, 0, 0),
}
REFUSALS = (errno.EPERM, errno.ENOSYS)


def typed(argument):
    return ctypes.create_string_buffer(argument) if type(argument) is bytes else ctypes.c_long(argument)


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if platform.machine() == "x86_64":
        for name, arguments in CALLS.items():
            if libc.syscall(*map(typed, arguments)) >= 0 or ctypes.get_errno() not in REFUSALS:
                reached(f"{name}, with {errno.errorcode.get(ctypes.get_errno())}")
    return honest.double(x)
