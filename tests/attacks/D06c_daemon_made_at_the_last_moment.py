# D06: after the result is sent, and while everything is being ended, a thread and a child go on making processes
# parallel

import os
import threading
import time

from hw import honest
from hw.honest import *


def fork_for_ever():
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            if os.fork() == 0:
                os.setsid()
                time.sleep(0.05)
                if os.fork():
                    os._exit(0)
        except OSError:
            time.sleep(0.001)
    os._exit(0)


def double(x):
    if os.fork() == 0:
        os.setsid()
        fork_for_ever()
    threading.Thread(target=fork_for_ever, daemon=True).start()
    return honest.double(x)
