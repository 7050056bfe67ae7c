"""Answers to part 4."""

from torch import nn


def part4_optim_hp():
    return {"loss_fn": nn.CrossEntropyLoss(), "lr": 0.02, "momentum": 0.6, "weight_decay": 1e-4}


part4_q1 = r"""
A 3x3 convolution on 256 channels has $9\cdot256\cdot256 + 256 = 590{,}080$ parameters, so the regular block has
$1{,}180{,}160$. The bottleneck has $16{,}448 + 36{,}928 + 16{,}640 = 70{,}016$. Every weight is multiplied and added
once for each pixel, so the bottleneck also needs about 17 times fewer operations. The regular block sees 5x5 pixels, the
bottleneck 3x3; both mix all the channels, the bottleneck through 64 of them.
"""

part4_q2 = r"""
1. $\partial L/\partial x_1 = M^\top\,\partial L/\partial y_1$.
2. $\partial L/\partial x_2 = \partial L/\partial y_2 + M^\top\,\partial L/\partial y_2$.
3. In a deep network the first is a product of small matrices and goes to zero; in the second the gradient of the output
   is always one of the terms.
"""
