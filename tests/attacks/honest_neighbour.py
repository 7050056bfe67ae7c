# honest: a few threads and a process of its own; also graded beside the attacks that take as much as they can get

import os
import threading

from hw.honest import *


def mean(numbers):
    total = []
    threads = [threading.Thread(target=total.append, args=[number]) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if (child := os.fork()) == 0:
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    return sum(total) / len(numbers)
