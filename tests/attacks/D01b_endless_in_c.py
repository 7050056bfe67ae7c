# D01: calls that never come back and never let go of the interpreter: a pattern, a power
# doubles: TIME_LIMIT
# averages: TIME_LIMIT
# slow

import re

from hw.honest import *


def double(x):
    re.match("(a*)*b", "a" * 60)
    return x * 2


def mean(numbers):
    return 7 ** (10**9) % 2
