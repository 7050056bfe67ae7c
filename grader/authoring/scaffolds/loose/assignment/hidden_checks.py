"""Checks that only you have: of these students see the outcome and the points. They may import from checks.py."""

import torch

from grader import check, close


# Far from zero the last digits of a mean count: the tolerance leaves right code room to add in another order.
@check(points=2, seconds=5, expect=[close("columns", atol=1e-2)])
def standardises_large_numbers(hw):
    """standardise works for columns far from zero."""
    return {"columns": hw.layers.standardise(1000 + torch.arange(40.0).reshape(8, 5).sqrt())}
