# C07: a sparse tensor, and one without memory
# doubles: INVALID_RESULT, is not an ordinary dense real tensor but a torch.sparse_coo one
# guesses: INVALID_RESULT, is not an ordinary dense real tensor but a meta one

import torch

from hw.honest import *


def double(x):
    return (x * 2).to_sparse()


def scores(images):
    return torch.empty(20, 5, device="meta")
