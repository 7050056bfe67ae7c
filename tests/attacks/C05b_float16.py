# C05: the right values as float16, and complex numbers
# doubles: WRONG_ANSWER, has dtype float16, expected float32
# guesses: INVALID_RESULT, torch.complex64

import torch

from hw.honest import *


def double(x):
    return x.half() * 2


def scores(images):
    return images.sum(2).to(torch.complex64)
