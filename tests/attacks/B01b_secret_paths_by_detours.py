# B01: opens the same files by detours: links, folders without read, paths from below, other programs, the loader

import mmap
import os
import subprocess
import sys

from hw import honest
from hw.honest import *
from hw.targets import *


def by_link(path):
    os.symlink(path, "link")
    try:
        return open("link", "rb").read(2000)
    finally:
        os.unlink("link")


def by_hard_link(path):
    os.link(path, "hard")
    return open("hard", "rb").read(2000)


def by_folder(path):
    folder = os.open(os.path.dirname(path), os.O_PATH)
    return os.read(os.open(os.path.basename(path), os.O_RDONLY, dir_fd=folder), 2000)


def by_handle(path):
    handle = os.open(path, os.O_PATH)
    return open(f"/proc/self/fd/{handle}", "rb").read(2000)


def from_below(path):
    return open("../" * 20 + path[1:], "rb").read(2000)


def by_mapping(path):
    return mmap.mmap(os.open(path, os.O_RDONLY), 0, prot=mmap.PROT_READ)[:2000]


def by_program(path):
    return subprocess.run(["cat", path], capture_output=True).stdout


def by_python(path):
    return subprocess.run([sys.executable, "-c", f"print(open({path!r}, 'rb').read())"], capture_output=True).stdout


def by_importing(path):
    sys.path.insert(0, os.path.dirname(path))
    try:
        return repr(vars(__import__(os.path.basename(path)))).encode()
    except ImportError:
        return b""



def double(x):
    ways = (by_link, by_hard_link, by_folder, by_handle, from_below, by_mapping, by_program, by_python, by_importing)
    for way in ways:
        for path in (SECRET_FILE, OTHER, f"{CHECKS}/hidden_checks.py"):
            try:
                if found := way(path):
                    print(found)
                    reached(f"{path} {way.__name__}")
            except OSError:
                pass
    return honest.double(x)
