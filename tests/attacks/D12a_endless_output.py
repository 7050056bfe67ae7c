# D12: prints without end, to both streams
# doubles: OUTPUT_LIMIT
# averages: OUTPUT_LIMIT

import os

from hw.honest import *


def double(x):
    while True:
        print("x" * 65536)


def mean(numbers):
    while True:
        os.write(2, b"\0" * 65536)
