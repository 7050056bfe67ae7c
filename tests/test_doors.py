"""Doors to what all rooms share: each is shut in a room, and open without the filter or the list that shuts it."""

from __future__ import annotations

import errno
from pathlib import Path

from attack_course import without
from tiny_course import look

from grader.core.limits import Layer
from grader.sandbox.room import PLAIN_DEVICES
from grader.sandbox.sandbox import Sandbox

# Of each door 0 where it is open, else the error, None where the machine has no such call.
KNOCK = """
import ctypes, glob, mmap, os, platform
from grader.kernel.call_numbers import MACHINES, NUMBERS

PAGE = mmap.PAGESIZE
SHARED = os.__file__
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    number = NUMBERS[name][MACHINES.index(platform.machine())]
    if number is None:
        return None
    typed = [each if isinstance(each, ctypes.Array | ctypes.c_void_p) else ctypes.c_long(each) for each in arguments]
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *typed) < 0 else 0

def tried(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return error.errno
    return 0

def look():
    shared = os.open(SHARED, os.O_RDONLY)
    mine = os.open("mine", os.O_RDWR | os.O_CREAT)
    os.write(mine, bytes(PAGE))
    own, all_of_it = mmap.mmap(mine, PAGE), mmap.mmap(shared, 0, prot=mmap.PROT_READ)
    page = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(own)))
    text, span, counts = (ctypes.create_string_buffer(content) for content in (
        SHARED.encode(), bytes(8) + PAGE.to_bytes(8, "little"), bytes(40)))
    watch = ctypes.CDLL(None).inotify_init1(0)
    return {
        "fadvise64": tried(os.posix_fadvise, shared, 0, 0, os.POSIX_FADV_DONTNEED),
        "readahead": call("readahead", shared, 0, PAGE),
        "mincore": call("mincore", page, PAGE, ctypes.create_string_buffer(1)),
        "cachestat": call("cachestat", mine, span, counts, 0),
        "preadv2": tried(os.preadv, shared, [bytearray(9)], 0, os.RWF_NOWAIT),
        "pwritev2": tried(os.pwritev, mine, [b"x"], 0, os.RWF_DSYNC),
        "MADV_COLD": tried(all_of_it.madvise, 20),
        "MADV_PAGEOUT": tried(all_of_it.madvise, 21),
        "inotify_init": call("inotify_init"),
        "inotify_init1": call("inotify_init1", 0),
        "inotify_add_watch": call("inotify_add_watch", watch, text, 0xFFF),
        "sync": call("sync"),
        "syncfs": call("syncfs", mine),
        "sync_file_range": call("sync_file_range", mine, 0, 0, 7),
        "plain": [
            tried(os.preadv, shared, [bytearray(9)], 0),
            tried(os.pwritev, mine, [b"x"], 0),
            tried(own.madvise, mmap.MADV_DONTNEED),
            tried(os.fsync, mine),
        ],
    }
"""
NOT_PERMITTED = "fadvise64 readahead mincore cachestat inotify_init inotify_init1 inotify_add_watch sync syncfs"
SHUT = {
    **dict.fromkeys(f"{NOT_PERMITTED} sync_file_range".split(), errno.EPERM),
    **dict.fromkeys(("preadv2", "pwritev2"), errno.EOPNOTSUPP),
    **dict.fromkeys(("MADV_COLD", "MADV_PAGEOUT"), errno.EINVAL),
}
ANSWERS = (0, errno.EAGAIN)  # that is an answer too: the file is not in the page cache
ABSENT = (None, errno.ENOSYS)  # on another machine, or in an older kernel


def test_calls_about_what_all_share_are_refused(shut_in: Sandbox, tmp_path: Path) -> None:
    """Of the page cache, the disk and who opens files; without the filter each of them works, as the plain ones do."""
    seen = dict(look(shut_in, tmp_path / "shut", KNOCK))
    assert seen.pop("plain") == [0, 0, 0, 0]
    assert {name: error for name, error in seen.items() if error is not None} == {
        name: error for name, error in SHUT.items() if seen[name] is not None
    }
    seen = dict(look(without(shut_in, frozenset({Layer.SECCOMP})), tmp_path / "open", KNOCK))
    assert seen.pop("plain") == [0, 0, 0, 0]
    assert [name for name in SHUT if seen[name] not in ANSWERS + ABSENT] == []
    assert [name for name in SHUT if seen[name] in ANSWERS]


DEVICES = """
import os

def look():
    def tried(path):
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NOCTTY))
        except OSError as error:
            return error.errno
        return 0

    return {"names": sorted(os.listdir("/dev")), "terminal": tried("/dev/ptmx"), "null": tried("/dev/null")}
"""


def test_a_room_has_the_listed_devices_and_no_terminal(isolated: Sandbox, tmp_path: Path) -> None:
    """Not even one that is made anew, as can be done in the folder that bubblewrap makes."""
    plain = [Path(path).name for path in PLAIN_DEVICES]
    listed = sorted([*plain, "fd", "stdin", "stdout", "stderr", "shm"])
    assert look(isolated, tmp_path / "listed", DEVICES) == {"names": listed, "terminal": errno.ENOENT, "null": 0}
    unlisted = without(isolated, frozenset())
    unlisted._arguments += ["--dev", "/dev"]
    seen = look(unlisted, tmp_path / "unlisted", DEVICES)
    assert {"pts", "tty"} <= set(seen["names"])
    assert seen["terminal"] == 0
