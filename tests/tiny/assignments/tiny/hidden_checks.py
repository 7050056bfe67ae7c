"""Hidden checks of the tiny assignment."""

import torch
from checks import SEED

from grader import check, close


@check(points=2, seconds=2, expect=[close("squares", atol=1e-5)])
def squares_of_a_matrix(hw):
    """`square` takes tensors of any shape."""
    torch.manual_seed(SEED)
    return {"squares": hw.maths.square(torch.rand(2, 3))}
