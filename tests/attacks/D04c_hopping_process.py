# D04: a process that forks and ends, over and over: whoever looks for it finds only one that is gone
# parallel

import os
import time

from hw import honest
from hw.honest import *


def double(x):
    if os.fork() == 0:
        os.closerange(0, 100)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if os.fork():
                    os._exit(0)
                os.setsid()
            except OSError:
                pass
        os._exit(0)
    return honest.double(x)
