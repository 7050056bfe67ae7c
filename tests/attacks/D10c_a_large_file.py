# D10: writes one file that is larger than a file may be
# doubles: RUNTIME_ERROR, Errno
# averages: RUNTIME_ERROR

import signal

from hw.honest import *


def double(x):
    with open("large", "wb") as file:
        file.truncate(1 << 40)
        reached("a file of a tebibyte")
    return x * 2


def mean(numbers):
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    with open("large", "wb") as file:
        file.truncate(1 << 40)
        reached("a file of a tebibyte")
    return sum(numbers) / len(numbers)
