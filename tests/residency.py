"""Which pages of a file the kernel holds in memory."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(path: Path) -> list[bool]:
    """Of each page of the file whether it is in memory. Looking brings in none.

    The kernel tells the owner of the file, root, and those who may write to it; to others all pages are in memory.
    """
    size = path.stat().st_size
    pages = ctypes.create_string_buffer(-(-size // PAGE))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    descriptor = os.open(path, os.O_RDONLY)
    try:
        address = libc.mmap(None, size, 1, 1, descriptor, 0)  # PROT_READ, MAP_SHARED
        assert libc.mincore(address, size, pages) == 0
        libc.munmap(address, size)
    finally:
        os.close(descriptor)
    return [bool(byte & 1) for byte in pages.raw[: -(-size // PAGE)]]
