# D15: crashes: a read from nowhere, an abort, a jump to nowhere, a signal for a broken bus
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
    ctypes.CFUNCTYPE(None)(8)()


def words(text):
    os.kill(os.getpid(), signal.SIGBUS)
