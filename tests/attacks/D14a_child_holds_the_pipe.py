# D14: a child holds the result pipe open: after the result; with no result and the parent gone; with a half of one
# averages: RUNTIME_ERROR | TIME_LIMIT
# guesses: RUNTIME_ERROR | TIME_LIMIT
# splits: TIME_LIMIT
# slow

import os
import time

from hw import honest
from hw.honest import *


def hold():
    if os.fork() == 0:
        os.setsid()
        time.sleep(30)
        os._exit(0)


def double(x):
    hold()
    return honest.double(x)


def mean(numbers):
    hold()
    os._exit(0)


def scores(images):
    hold()
    os.write(3, (1000).to_bytes(8, "big") + bytes(8) + b"{")
    os._exit(0)


def words(text):
    os.close(3)
    time.sleep(30)
