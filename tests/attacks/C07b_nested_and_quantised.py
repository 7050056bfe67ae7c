# C07: a nested tensor, and a quantised one
# doubles: INVALID_RESULT, is not an ordinary dense real tensor but a nested one
# guesses: INVALID_RESULT, is not an ordinary dense real tensor but a torch.quint8 one

import torch

from hw.honest import *


def double(x):
    return torch.nested.nested_tensor(list(x * 2))


def scores(images):
    return torch.quantize_per_tensor(images.sum(2), 0.1, 0, torch.quint8)
