"""The share of a GPU that this process and its forks have, from before student code runs."""

from __future__ import annotations

import os
from functools import partial

import torch


def take_share(id: str, share: float) -> None:
    """See the GPU with this id and no other, and let torch's tensors take at most this part of its memory.

    CUDA is not begun here, so forks still can: the bound is set in each process as it begins. It is for honest code;
    hostile code can take it off.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = id
    if share < 1:
        torch.cuda._lazy_call(partial(torch.cuda.set_per_process_memory_fraction, share, 0))
