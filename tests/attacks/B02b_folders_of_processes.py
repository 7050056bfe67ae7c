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
        for folder in ("root", "cwd", f"task/{pid}/root"):
            for path in (SECRET_FILE, OTHER):
                try:
                    print(open(f"/proc/{pid}/{folder}/{path}", "rb").read())
                    reached(f"{path} by /proc/{pid}/{folder}")
                except OSError:
                    pass
        for number in range(20):
            for path in (f"/proc/{pid}/fd/{number}", f"/proc/{pid}/fdinfo/{number}"):
                for use in (os.readlink, open):
                    try:
                        use(path)
                        reached(path)
                    except OSError:
                        pass
        for name in ("map_files", "ns"):
            try:
                reached(f"{[os.readlink(f'/proc/{pid}/{name}/{each}') for each in os.listdir(f'/proc/{pid}/{name}')]}")
            except OSError:
                pass
    return honest.double(x)
