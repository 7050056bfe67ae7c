# C04: axes of length one that would broadcast to the expected shape
# doubles: WRONG_ANSWER, has shape (1,), expected (2, 3)
# averages: WRONG_ANSWER
# guesses: WRONG_ANSWER, has shape (20, 1, 5)

import torch

from hw.honest import *


def double(x):
    return torch.tensor([7.0])


def mean(numbers):
    return [2.5]


def scores(images):
    return images.sum(2).unsqueeze(1)
