# D15: crashes: a read from nowhere, an abort, an endless recursion in C, a signal for a broken bus
# doubles: RUNTIME_ERROR, segmentation fault
# averages: RUNTIME_ERROR, Aborted
# guesses: RUNTIME_ERROR, segmentation fault
# splits: RUNTIME_ERROR, Bus error

import ctypes
import os
import signal

from hw.honest import *


def double(x):
    ctypes.string_at(0)


def mean(numbers):
    os.abort()


def scores(images):
    @ctypes.CFUNCTYPE(None)
    def again():
        again()

    import sys

    sys.setrecursionlimit(1 << 30)
    again()


def words(text):
    os.kill(os.getpid(), signal.SIGBUS)
