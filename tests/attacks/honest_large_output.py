# honest: much output and a large result, both within the limits

import sys

import torch

from hw.honest import *


def double(x):
    for _ in range(1000):
        print("x" * 400)
        print("y" * 400, file=sys.stderr)
    return x * 2


def scores(images):
    # 20 rows of scores, 60 MiB in all, of which the first five columns matter.
    return torch.cat([images.sum(2), torch.zeros(20, (60 << 20) // 80)], 1)
