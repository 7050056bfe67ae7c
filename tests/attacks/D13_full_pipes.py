# D13: writes more to both streams than a pipe holds, before anybody might read

import os

from hw import honest
from hw.honest import *


def double(x):
    for _ in range(6):
        os.write(2, b"x" * 65536)
        os.write(1, b"x" * 65536)
    return honest.double(x)
