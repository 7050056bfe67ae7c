# C09: a tensor of a million million elements that takes four bytes, and one whose count wraps around
# doubles: OUTPUT_LIMIT, makes the result larger than 64 MiB
# guesses: OUTPUT_LIMIT | RUNTIME_ERROR | MEMORY_LIMIT | INVALID_RESULT

import torch

from hw.honest import *


def double(x):
    return torch.ones(1).expand(10**6, 10**6)


def scores(images):
    return torch.ones(1).as_strided((1 << 32, 1 << 32), (0, 0))
