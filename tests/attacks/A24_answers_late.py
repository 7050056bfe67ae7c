# A24: the beginning of the result in time, the rest of it after the time is over
# averages: TIME_LIMIT, stopped
# slow

import os
import time

from hw.honest import *


def mean(numbers):
    header = b'{"values":{"mean":2.5}}'
    os.write(RESULT, len(header).to_bytes(8, "big") + bytes(8) + header[:-1])
    time.sleep(30)
    os.write(RESULT, header[-1:])
