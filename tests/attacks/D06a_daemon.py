# D06: leaves a daemon behind: two forks, a session of its own, no descriptor, deaf to signals, with a name of its own

import ctypes
import os
import signal
import time

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            ctypes.CDLL(None).prctl(15, f"{RUN}d".encode(), 0, 0, 0)
            ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
            os.closerange(0, 100)
            time.sleep(60)
        os._exit(0)
    os.wait()
    return honest.double(x)
