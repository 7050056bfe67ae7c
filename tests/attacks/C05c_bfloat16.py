# C05: the right values as bfloat16, and truth values
# doubles: WRONG_ANSWER, has dtype bfloat16, expected float32
# guesses: WRONG_ANSWER, expected a tensor of floating-point scores

import torch

from hw.honest import *


def double(x):
    return x.bfloat16() * 2


def scores(images):
    return images.sum(2) > 1
