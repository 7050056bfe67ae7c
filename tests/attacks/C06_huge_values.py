# C06: values so large that a tolerance relative to them allows anything
# doubles: WRONG_ANSWER, values differ
# averages: WRONG_ANSWER, expected 2.5

import torch

from hw.honest import *


def double(x):
    return torch.full((2, 3), 1e30)


def mean(numbers):
    return 1e300
