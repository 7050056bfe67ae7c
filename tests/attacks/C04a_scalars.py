# C04: one value that would broadcast to the expected shape
# doubles: WRONG_ANSWER, has shape (), expected (2, 3)
# averages: WRONG_ANSWER, is a tensor of shape ()
# guesses: WRONG_ANSWER, has shape (1, 5)

import torch

from hw.honest import *


def double(x):
    return torch.tensor(7.0)


def mean(numbers):
    return torch.tensor(2.5)


def scores(images):
    return torch.ones(1, 5)
