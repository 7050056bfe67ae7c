# D08: four processes, each within the limit, take nearly twice that limit together
# doubles: MEMORY_LIMIT | TIME_LIMIT
# slow
# cgroup
# parallel

import mmap
import os
import time

from hw import honest
from hw.honest import *

SIZE = 230 << 20


def double(x):
    ready, done = os.pipe()
    made = []
    for _ in range(4):
        made.append(os.fork())
        if made[-1] == 0:
            kept = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_POPULATE)
            os.write(done, b"x")
            time.sleep(10)
            os._exit(len(kept))
    os.close(done)
    full = [os.read(ready, 1) for _ in made]
    time.sleep(0.1)
    if not all(full) or any(os.waitpid(pid, os.WNOHANG)[0] for pid in made):  # one was killed for it
        time.sleep(10)
    reached("900 MiB in four processes")
    return honest.double(x)
