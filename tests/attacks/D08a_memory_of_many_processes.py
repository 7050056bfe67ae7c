# D08: eight processes, each within the limit, take 3 GiB together
# doubles: MEMORY_LIMIT | TIME_LIMIT
# slow
# parallel

import os
import time

from hw import honest
from hw.honest import *


def double(x):
    ready, done = os.pipe()
    for _ in range(8):
        if os.fork() == 0:
            kept = bytearray(400 << 20)
            kept[::4096] = b"x" * (len(kept) // 4096)
            os.write(done, b"x")
            time.sleep(10)
            os._exit(0)
    os.close(done)
    got = 0
    while got < 8 and (more := len(os.read(ready, 8))):
        got += more
    if got == 8:
        reached("3 GiB in eight processes")
    os._exit(0) if got < 8 else None
    return honest.double(x)
