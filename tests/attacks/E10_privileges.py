# E10: becomes root: by a call, by programs that root has lent its rights to, by lending its own

import ctypes
import glob
import os
import shutil
import stat
import subprocess

from hw import honest
from hw.honest import *

NO_NEW_PRIVILEGES = 39


def double(x):
    if 0 in os.getresuid() + os.getresgid():
        reached("root, from the beginning")
    for become in (os.setuid, os.seteuid, os.setgid, os.setegid):
        try:
            become(0)
            reached(f"root by {become.__name__}")
        except OSError:
            pass
    try:
        os.setgroups([0, 27, 42])
        reached("groups")
    except OSError:
        pass
    libc = ctypes.CDLL(None)
    if libc.prctl(NO_NEW_PRIVILEGES, 0, 0, 0, 0) != 1:
        reached("new privileges by programs")
    for path in glob.glob("/usr/*bin/*"):
        try:
            if os.stat(path).st_mode & stat.S_ISUID and os.path.basename(path) in ("su", "sudo", "newgrp"):
                ran = subprocess.run([path, "-c", "id -u"], stdin=subprocess.DEVNULL, capture_output=True, timeout=0.5)
                if ran.stdout.strip() == b"0":
                    reached(f"root by {path}")
        except (OSError, subprocess.SubprocessError):
            pass
    try:
        shutil.copyfile(shutil.which("id"), "id")
        os.close(os.open("id", os.O_RDONLY))
        os.chmod("id", 0o4755)
        if subprocess.run(["./id", "-u"], capture_output=True).stdout.strip() == b"0":
            reached("root by its own program")
    except OSError:
        pass
    return honest.double(x)
