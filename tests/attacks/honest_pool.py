# honest: a pool of processes, whose locks need a folder that is shut at one level
# restricted averages: RUNTIME_ERROR, PermissionError

import multiprocessing

from hw.honest import *


def half(number):
    return number / 2


def mean(numbers):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return 2 * sum(pool.map(half, numbers)) / len(numbers)
