# C03: results without a single value, of which all are right
# doubles: WRONG_ANSWER, has shape (0, 2, 3), expected (2, 3)
# averages: WRONG_ANSWER
# guesses: WRONG_ANSWER, expected one row of scores for each of the 20 samples
# splits: WRONG_ANSWER

import torch

from hw.honest import *


def double(x):
    return torch.empty(0, 2, 3)


def mean(numbers):
    return []


def scores(images):
    return torch.empty(20, 0)


def words(text):
    return []
