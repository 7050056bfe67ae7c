# D16: recursion without end and without Python's limit: functions, comparisons, representations
# doubles: RUNTIME_ERROR | MEMORY_LIMIT | TIME_LIMIT
# averages: RUNTIME_ERROR | MEMORY_LIMIT | TIME_LIMIT
# guesses: RUNTIME_ERROR, RecursionError
# slow

import sys

from hw.honest import *


def deeper(number):
    return deeper(number + 1) + 1


def double(x):
    sys.setrecursionlimit(1 << 30)
    return deeper(0)


class Nested:
    def __repr__(self):
        return repr(self)


def mean(numbers):
    sys.setrecursionlimit(1 << 30)
    return repr(Nested())


def scores(images):
    return deeper(0)
