# C05: the right values as whole numbers
# doubles: WRONG_ANSWER, has dtype int64, expected float32
# guesses: WRONG_ANSWER, expected a tensor of floating-point scores

import torch

from hw.honest import *


def double(x):
    return x.long() * 2


def scores(images):
    return images.long().sum(2)
