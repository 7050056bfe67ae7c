# D07: takes memory bit by bit until there is no more
# doubles: MEMORY_LIMIT | TIME_LIMIT
# averages: MEMORY_LIMIT | TIME_LIMIT
# slow

import torch

from hw.honest import *


def double(x):
    kept = []
    for _ in range(200):
        kept.append(torch.ones(4 << 20))
    reached("3 GiB")
    return x * 2


def mean(numbers):
    kept = []
    for _ in range(3000):
        kept.append(b"x" * (1 << 20))
    reached("3 GiB")
