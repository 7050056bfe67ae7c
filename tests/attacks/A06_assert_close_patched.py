# A06: torch.testing.assert_close and all of torch's comparisons accept everything
# doubles: WRONG_ANSWER, values differ

import torch

from hw.honest import *

torch.testing.assert_close = lambda *given, **named: None
torch.allclose = torch.equal = torch.isclose = lambda *given, **named: True
torch.Tensor.__eq__ = torch.Tensor.__le__ = torch.Tensor.__lt__ = lambda self, other: torch.tensor(True)
torch.Tensor.allclose = torch.Tensor.equal = lambda *given, **named: True


def double(x):
    return x + 1
