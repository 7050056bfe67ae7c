# D19: has torch compute with a million threads
# doubles: RUNTIME_ERROR | MEMORY_LIMIT | TIME_LIMIT
# slow

import torch

from hw.honest import *


def double(x):
    torch.set_num_threads(10**6)
    big = torch.ones(2000, 2000)
    (big @ big).exp().sum()
    reached("a million threads")
    return x * 2
