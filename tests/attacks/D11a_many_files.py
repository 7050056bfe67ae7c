# D11: makes files without content for as long as it can
# doubles: TIME_LIMIT | RUNTIME_ERROR
# slow
# parallel

import os

from hw.honest import *


def double(x):
    for number in range(1_000_000):
        os.close(os.open(f"{number}", os.O_CREAT | os.O_WRONLY))
    reached("a million files")
    return x * 2
