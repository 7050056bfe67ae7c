# B18: looks for paths of the course and names of students in what the kernel tells every process

import os

from hw import honest
from hw.honest import *
from hw.targets import *

NAMES = ("cmdline", "mountinfo", "mounts", "environ", "maps", "comm", "status", "cgroup", "stat", "limits", "sched")


def double(x):
    secrets = [EXPECTED, CHECKS, SOLUTION, os.path.dirname(OTHER), SECRET_FILE, WRITABLE, "attacked-"]
    files = [f"/proc/{process}/{name}" for process in ("self", "1", "2", str(os.getppid())) for name in NAMES]
    files += [f"/proc/{name}" for name in ("cmdline", "meminfo", "mounts", "locks", "net/unix", "net/tcp", "keys")]
    files += [f"/proc/{name}" for name in ("sysvipc/shm", "sched_debug", "timer_list", "swaps")]
    for path in files:
        try:
            with open(path, "rb") as file:
                text = file.read(100_000).decode("latin-1")
        except OSError:
            continue
        for secret in secrets:
            if secret in text:
                reached(f"{secret} in {path}")
        if RUN in text:
            reached(f"the run in {path}")
    return honest.double(x)
