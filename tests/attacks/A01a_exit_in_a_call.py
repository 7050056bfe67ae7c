# A01: a call of sys.exit(0) instead of a result
# averages: RUNTIME_ERROR, your code ended Python (exit status 0) before returning a result

import sys

from hw.honest import *


def mean(numbers):
    sys.exit(0)
