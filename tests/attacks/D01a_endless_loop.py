# D01: a loop that never ends, and one that swallows every exception
# doubles: TIME_LIMIT, stopped after 2 s
# averages: TIME_LIMIT
# slow

from hw.honest import *


def double(x):
    while True:
        pass


def mean(numbers):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
