# A23: clocks that stand still, in code that takes too long
# averages: TIME_LIMIT, stopped after 2 s

import time

from hw.honest import *


def mean(numbers):
    sleep = time.sleep
    time.time = time.perf_counter = time.monotonic = time.process_time = lambda: 0.0
    sleep(3)
    return 2.5
