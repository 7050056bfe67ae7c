# D12: a child goes on printing, and writing to the result pipe, after the result has been sent

import os
import time

from hw import honest
from hw.honest import *


def double(x):
    if os.fork() == 0:
        os.setsid()
        time.sleep(0.3)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            os.write(1, b"x" * 65536)
            os.write(3, b"x" * 65536)
        os._exit(0)
    return honest.double(x)
