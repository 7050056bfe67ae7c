# honest: several threads at once

import threading

from hw.honest import *


def mean(numbers):
    total = []
    threads = [threading.Thread(target=total.append, args=[number]) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(total) / len(numbers)
