# D02: sleeps for thirty years; waits for somebody at the keyboard; waits for a signal; waits for itself
# doubles: TIME_LIMIT
# averages: RUNTIME_ERROR, EOFError
# guesses: TIME_LIMIT
# splits: TIME_LIMIT
# slow

import signal
import threading
import time

from hw.honest import *


def double(x):
    time.sleep(1e9)


def mean(numbers):
    return float(input("The mean, please: "))


def scores(images):
    signal.pause()


def words(text):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
