# E02: moves, links, exchanges, cuts and replaces others' files and folders

import ctypes
import os

from hw import honest
from hw.honest import *
from hw.targets import *

HERE, EXCHANGE, FROM_A_HANDLE = -100, 2, 0x1000
precious = f"{WRITABLE}/precious"


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    open("mine", "w").close()
    for path in (precious, OTHER, SECRET_FILE, f"{EXPECTED}/doubles.safetensors"):
        folder = os.path.dirname(path)
        ways = {
            "taken away": lambda: os.rename(path, "taken"),
            "renamed": lambda: os.rename(path, f"{path}.moved"),
            "replaced": lambda: os.replace("mine", path),
            "linked out": lambda: os.link(path, "linked"),
            "linked in": lambda: os.link("mine", f"{folder}/{RUN}.linked"),
            "linked beside": lambda: os.link(path, f"{path}.linked"),
            "a link beside": lambda: os.symlink("/", f"{folder}/{RUN}.link"),
            "cut": lambda: os.truncate(path, 0),
            "deleted": lambda: os.unlink(path),
            "a folder beside": lambda: os.mkdir(f"{folder}/{RUN}.folder"),
            "a pipe beside": lambda: os.mkfifo(f"{folder}/{RUN}.pipe"),
            "its folder deleted": lambda: os.rmdir(folder),
            "its folder moved": lambda: os.rename(folder, f"{folder}.moved"),
        }
        for way, go in ways.items():
            try:
                go()
                reached(f"{path} {way}")
            except OSError:
                pass
        if libc.renameat2(HERE, b"mine", HERE, path.encode(), EXCHANGE) == 0:
            reached(f"{path} exchanged")
        if libc.linkat(HERE, path.encode(), HERE, b"linked_too", 0x400) == 0:
            reached(f"{path} linked by linkat")
    return honest.double(x)
