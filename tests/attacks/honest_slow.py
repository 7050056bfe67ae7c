# honest: a check that takes three quarters of its time
# slow

import time

from hw.honest import *


def mean(numbers):
    time.sleep(1.5)
    return sum(numbers) / len(numbers)
