# D14: changes how the pipes behave: not waiting, tiny, signals on them, closed and put elsewhere

import fcntl
import signal
import threading
import time

from hw import honest
from hw.honest import *

F_SETPIPE_SZ = 1031


def double(x):
    for number in (1, 2, 3):
        try:
            fcntl.fcntl(number, F_SETPIPE_SZ, 4096)
        except OSError:
            pass
    return honest.double(x)


def scores(images):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    threading.Thread(target=time.sleep, args=[30]).start()
    return honest.scores(images)
