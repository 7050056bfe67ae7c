# C02: infinity, whose tolerance would be infinite
# doubles: WRONG_ANSWER, has infinity
# averages: WRONG_ANSWER, has infinity
# guesses: WRONG_ANSWER, has infinity

import torch

from hw.honest import *


def double(x):
    return torch.full((2, 3), torch.inf)


def mean(numbers):
    return float("-inf")


def scores(images):
    return images.sum(2) + torch.inf
