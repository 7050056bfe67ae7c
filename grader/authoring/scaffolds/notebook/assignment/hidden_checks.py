"""Checks that only you have: of these students see the outcome and the points. They may import from checks.py."""

import torch

from grader import check, close


@check(points=2, seconds=5, expect=[close("columns", atol=1e-5)])
def standardises_large_numbers(hw):
    """standardise is exact for columns far from zero."""
    return {"columns": hw.standardise(1000 + torch.arange(40.0).reshape(8, 5).sqrt())}
