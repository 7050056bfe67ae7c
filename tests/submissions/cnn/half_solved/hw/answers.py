"""Part 4: the optimizer's hyperparameters and the written answers (Markdown with LaTeX between dollar signs)."""

from torch import nn


def part4_optim_hp() -> dict[str, nn.Module | float | bool]:
    """Return what the training of the small CNN uses.

    Keys: `loss_fn`, the loss, which maps scores (N, C) and labels (N,) to their mean loss; all others are keywords of
    `torch.optim.SGD` (lr, momentum, weight_decay and so on).
    """
    raise NotImplementedError("return a dict with loss_fn, lr and whatever else SGD should get")


part4_q1 = r"""**Your answer:**"""


part4_q2 = r"""**Your answer:**"""
