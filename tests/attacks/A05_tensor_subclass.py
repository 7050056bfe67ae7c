# A05: a tensor subclass for which every comparison comes out well
# doubles: INVALID_RESULT, is of type Fool
# guesses: INVALID_RESULT, is of type Fool

import torch

from hw.honest import *


class Fool(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, given=(), named=None):
        if function in (torch.allclose, torch.equal, torch.Tensor.__eq__):
            return True
        return super().__torch_function__(function, types, given, named or {})


def double(x):
    return torch.zeros(2, 3).as_subclass(Fool)


def scores(images):
    return torch.zeros(20, 5).as_subclass(Fool)
