# A16: a thread, a process that stays, an exit handler and a finaliser send the right result after the wrong one
# averages: WRONG_ANSWER, expected 2.5

import atexit
import os
import threading
import time

from hw.honest import *

RIGHT = b'{"values":{"mean":2.5}}'


class Late:
    def __del__(self):
        send(RIGHT)


late = Late()


def later():
    time.sleep(0.3)
    send(RIGHT)


def mean(numbers):
    atexit.register(send, RIGHT)
    threading.Thread(target=later, daemon=True).start()
    if os.fork() == 0:
        os.setsid()
        later()
    return 0.0
