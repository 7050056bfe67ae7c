# D19: starts ten thousand threads
# doubles: RUNTIME_ERROR | MEMORY_LIMIT, can't start new thread
# parallel

import threading
import time

from hw.honest import *


def double(x):
    threading.stack_size(64 << 10)
    for _ in range(10_000):
        threading.Thread(target=time.sleep, args=[10], daemon=True).start()
    reached("10000 threads")
    return x * 2
