# D09: keeps memory in shared mappings that no process holds alone
# doubles: MEMORY_LIMIT | RUNTIME_ERROR

import mmap

from hw.honest import *


def double(x):
    kept = []
    for _ in range(24):
        kept.append(mmap.mmap(-1, 128 << 20, flags=mmap.MAP_SHARED))
    reached("3 GiB of shared mappings")
    return x * 2
