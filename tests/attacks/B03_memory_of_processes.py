# B03: reads memory, environment, maps and command line of the grader, its parent and every process in sight

import os

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    try:
        others = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
    except OSError:
        others = set()
    for pid in (others | {GRADER_PID, os.getppid(), 1}) - {os.getpid(), 0}:
        for name in ("environ", "maps", "mem", "auxv", "stack", "syscall", "io"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    if name != "mem":
                        print(file.read(100_000))
                    reached(f"/proc/{pid}/{name}")
            except OSError:
                pass
    for name in ("cmdline", "status", "stat", "cgroup", "mountinfo"):
        try:
            print(open(f"/proc/{GRADER_PID}/{name}").read())
            reached(f"{name} of the grader")
        except OSError:
            pass
    return honest.double(x)
