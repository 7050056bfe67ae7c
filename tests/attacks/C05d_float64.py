# C05: the right values as float64, and float8
# doubles: WRONG_ANSWER, has dtype float64, expected float32
# guesses: INVALID_RESULT, torch.float8_e5m2

import torch

from hw.honest import *


def double(x):
    return x.double() * 2


def scores(images):
    return images.sum(2).to(torch.float8_e5m2)
