# D12: writes to the result pipe without end: nothing that means anything, and a message that never ends
# doubles: INVALID_RESULT
# averages: TIME_LIMIT | INVALID_RESULT
# slow

import os

from hw.honest import *


def double(x):
    while True:
        os.write(3, b"\xff" * 65536)


def mean(numbers):
    os.write(3, (1000).to_bytes(8, "big") + bytes(8))
    while True:
        os.write(3, b"")
