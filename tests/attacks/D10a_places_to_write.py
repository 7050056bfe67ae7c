# D10: writes a file into every folder of the system

import os

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    folders = {"/", "/dev", "/dev/pts", "/dev/mqueue", "/etc", "/usr", "/usr/lib", "/usr/bin", "/run", "/var"}
    folders |= {"/proc", "/proc/self", "/sys", "/sys/fs/cgroup", "/home", "/root", "/opt", "/mnt", "/boot", "/run/lock"}
    folders |= {SITE, os.path.dirname(PYTHON), os.path.dirname(__file__), "/var/tmp"}
    folders |= {"../assignment", "../submission", "../data", ".."}
    if os.getcwd() != "/box":  # in a room of its own these are its own
        folders |= {"/tmp", "/dev/shm"}
    for folder in folders:
        path = f"{folder}/{RUN}.written"
        for make in (lambda: open(path, "x").close(), lambda: os.mkdir(path), lambda: os.symlink("x", path)):
            try:
                make()
            except OSError:
                continue
            reached(f"write access to {folder}")
            os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
    return honest.double(x)
