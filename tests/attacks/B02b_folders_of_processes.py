# B02: enters the file systems of other processes by /proc/*/cwd, /proc/*/root, /proc/*/fd and /proc/*/map_files

import os

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    try:
        others = {pid for pid in os.listdir("/proc") if pid.isdigit()}
    except OSError:
        others = set()
    others = (others | {str(GRADER_PID), str(os.getppid()), "1"}) - {str(os.getpid()), "0"}
    for pid in others:
        for name in ("root", "cwd", "fd", "map_files", "task", "ns"):
            for path in (SECRET_FILE, OTHER):
                try:
                    print(open(f"/proc/{pid}/{name}/{path}", "rb").read())
                    reached(f"{path} by /proc/{pid}/{name}")
                except OSError:
                    pass
        try:
            reached(f"descriptors of {pid}: {os.listdir(f'/proc/{pid}/fd')}")
        except OSError:
            pass
    return honest.double(x)
