"""Landlock: rules that a process gives itself for good, and all that it starts (Linux 5.13 and later, by ctypes).

Which files it may touch, no TCP, and no signal or abstract socket to a process outside. Each newer kernel knows more
of these (its "ABI"); what it does not know is left out, so the caller asks first where it counts. Not ruled by
Landlock: stat, chmod, chown, utime, xattr and sockets with a name in the file system. See landlock(7).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterator, Sequence

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
VERSION, PATH_BENEATH = 1, 1

# What may be done with files, by bit; the first thirteen are there since ABI 1.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
FIRST_ACTIONS = (1 << 13) - 1
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15  # ABI 2, 3, 5
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
BIND_AND_CONNECT_TCP = 3  # ABI 4
SIGNALS_AND_ABSTRACT_SOCKETS = 3  # ABI 6

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """Which version of Landlock this kernel has; 0 where it has none or has it switched off."""
    return max(0, _call(CREATE_RULESET, None, 0, VERSION))


def has_scopes() -> bool:
    """Whether signals can be kept inside. Asked by trying: there are kernels that say ABI 6 and cannot."""
    try:
        with _ruleset(0, 0, SIGNALS_AND_ABSTRACT_SOCKETS):
            return True
    except OSError:
        return False


def restrict(*, read: Sequence[str], write: Sequence[str], devices: Sequence[str]) -> None:
    """From here on: read and execute below `read`, do anything but make devices below `write`, use `devices`.

    Paths that do not exist are passed over. Needs `no_new_privs`. Does what the kernel's ABI can, nothing at ABI 0.
    """
    version = abi()
    if version == 0:
        return
    actions = FIRST_ACTIONS
    for since, action in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEVICE)):
        actions |= action if version >= since else 0
    network = BIND_AND_CONNECT_TCP if version >= 4 else 0
    with _ruleset(actions, network, SIGNALS_AND_ABSTRACT_SOCKETS if has_scopes() else 0) as ruleset:
        _allow(ruleset, read, EXECUTE | READ_FILE | READ_DIR)
        _allow(ruleset, write, actions & ~(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEVICE))
        _allow(ruleset, devices, actions & ~EXECUTE)
        _checked(_call(RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")


def fence() -> None:
    """From here on this process and all that it starts can signal each other, and no process that is there already."""
    # Moving files between folders is refused by every set of rules that does not allow it.
    with _ruleset(REFER, 0, SIGNALS_AND_ABSTRACT_SOCKETS) as ruleset:
        _allow(ruleset, ["/"], REFER)
        _checked(_call(RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")


@contextlib.contextmanager
def _ruleset(actions: int, network: int, scopes: int) -> Iterator[int]:
    attributes = struct.pack("QQQ", actions, network, scopes)
    used = 24 if scopes else 16 if network else 8  # an older kernel takes a shorter structure only
    ruleset = _checked(_call(CREATE_RULESET, attributes, used, 0), "landlock_create_ruleset")
    try:
        yield ruleset
    finally:
        os.close(ruleset)


def _allow(ruleset: int, paths: Sequence[str], actions: int) -> None:
    for path in paths:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, PermissionError):  # what cannot be reached needs no rule
            continue
        try:
            rights = actions if stat.S_ISDIR(os.fstat(place).st_mode) else actions & OF_A_FILE
            rule = struct.pack("=Qi", rights, place)
            _checked(_call(ADD_RULE, ruleset, PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
        finally:
            os.close(place)


def _call(number: int, *arguments: int | bytes | None) -> int:
    typed = [each if isinstance(each, bytes | None) else ctypes.c_long(each) for each in arguments]
    return int(_libc.syscall(ctypes.c_long(number), *typed))


def _checked(returned: int, what: str) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return returned
