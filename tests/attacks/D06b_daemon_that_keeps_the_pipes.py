# D06: leaves daemons behind that hold all pipes, are stopped, adopt orphans, or run another program

import ctypes
import os
import signal
import subprocess
import time

from hw import honest
from hw.honest import *
from hw.targets import *


def holds():
    ctypes.CDLL(None).prctl(15, f"{RUN}h".encode(), 0, 0, 0)
    time.sleep(60)


def is_stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def adopts():
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    if os.fork() == 0 and os.fork() == 0:
        os.setsid()
    time.sleep(60)


def runs_a_program():
    subprocess.Popen(["sleep", "60"], start_new_session=True)


def double(x):
    for daemon in (holds, is_stopped, adopts, runs_a_program):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                daemon()
            os._exit(0)
        os.wait()
    return honest.double(x)
