# C01: NaN, which no comparison finds too far away
# doubles: WRONG_ANSWER, has NaN
# averages: WRONG_ANSWER, has NaN
# guesses: WRONG_ANSWER, has NaN

import torch

from hw.honest import *


def double(x):
    result = x * 2
    result[0, 0] = torch.nan
    return result


def mean(numbers):
    return float("nan")


def scores(images):
    return images.sum(2) * torch.nan
