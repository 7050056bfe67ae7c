# B19: has files read or dropped that all rooms share, and asks which of them are in memory: bits for a later check

import ctypes
import mmap
import os

from hw import honest
from hw.honest import *
from hw.targets import *

COLD, PAGEOUT, CACHESTAT = 20, 21, 451


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    with open("mine", "wb+") as mine, open(f"{SITE}/torch/__init__.py", "rb") as shared:
        mine.write(bytes(mmap.PAGESIZE))
        mine.flush()
        own = mmap.mmap(mine.fileno(), mmap.PAGESIZE)
        page = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(own)))
        all_of_it = mmap.mmap(shared.fileno(), 0, prot=mmap.PROT_READ)
        ways = {
            "posix_fadvise": lambda: os.posix_fadvise(shared.fileno(), 0, 0, os.POSIX_FADV_DONTNEED),
            "readahead": lambda: answered(libc.readahead(shared.fileno(), ctypes.c_long(0), ctypes.c_size_t(4096))),
            "mincore": lambda: answered(libc.mincore(page, ctypes.c_size_t(mmap.PAGESIZE), bytes(1))),
            "cachestat": lambda: cachestat(libc, mine.fileno()),
            "a read that does not wait": lambda: os.preadv(shared.fileno(), [bytearray(9)], 0, os.RWF_NOWAIT),
            "a write that waits": lambda: os.pwritev(mine.fileno(), [b"mine"], 0, os.RWF_DSYNC),
            "MADV_COLD": lambda: all_of_it.madvise(COLD),
            "MADV_PAGEOUT": lambda: all_of_it.madvise(PAGEOUT),
        }
        for name, way in ways.items():
            try:
                way()
                reached(f"the page cache by {name}")
            except BlockingIOError:
                reached(f"the page cache by {name}: it is not there")
            except OSError:
                pass
    return honest.double(x)


def answered(returned):
    if returned < 0:
        raise OSError


def cachestat(libc, descriptor):
    arguments = [ctypes.create_string_buffer(bytes(8) + mmap.PAGESIZE.to_bytes(8, "little")), ctypes.create_string_buffer(40)]
    answered(libc.syscall(ctypes.c_long(CACHESTAT), ctypes.c_long(descriptor), *arguments, ctypes.c_long(0)))
