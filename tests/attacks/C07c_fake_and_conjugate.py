# C07: a tensor that only pretends, and the view of a conjugate
# doubles: INVALID_RESULT, is of type FakeTensor
# guesses: INVALID_RESULT, torch.complex64

import torch

from hw.honest import *


def double(x):
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        return torch.empty(2, 3)


def scores(images):
    return images.sum(2).to(torch.complex64).conj()
