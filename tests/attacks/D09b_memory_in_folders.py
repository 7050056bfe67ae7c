# D09: fills every folder that may live in memory with more than a check may take
# doubles: MEMORY_LIMIT | RUNTIME_ERROR
# levels: isolated
# slow

import os

from hw.honest import *


def double(x):
    kept = 0
    for number in range(10):
        for place in (".", "/dev/shm", "/tmp"):
            try:
                file = os.open(f"{place}/{number}", os.O_CREAT | os.O_WRONLY)
                os.posix_fallocate(file, 0, 100 << 20)
                kept += 100 << 20
            except OSError:
                pass
            if kept > 2 << 30:
                reached("2 GiB of files")
                return x * 2
    raise OSError(f"only {kept >> 20} MiB")
