# A23: clocks that stand still, in code that takes too long
# averages: TIME_LIMIT, stopped after 2 s

import time

from hw.honest import *


def mean(numbers):
    now, end = time.process_time, time.process_time() + 3
    time.time = time.perf_counter = time.monotonic = time.process_time = lambda: 0.0
    while now() < end:
        pass
    return 2.5
