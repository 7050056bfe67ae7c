# C07: ordinary tensors in odd dress (a negated view, a column-wise one, one that wants gradients) are taken

import torch

from hw.honest import *


def double(x):
    return torch._neg_view(x.t().contiguous().t() * -2)


def scores(images):
    return torch.nn.Parameter(images).sum(2)
