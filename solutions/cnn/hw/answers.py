"""Part 4: the optimizer's hyperparameters and the written answers (Markdown with LaTeX between dollar signs)."""

from typing import Any

from torch import nn


def part4_optim_hp() -> dict[str, Any]:
    """Return what the training of the small CNN uses.

    Keys: `loss_fn`, a callable that maps scores (N, C) and labels (N,) to the mean loss; all others are keywords of
    `torch.optim.SGD` (lr, momentum, weight_decay and so on).
    """
    # BEGIN SOLUTION: return a dict with loss_fn, lr and whatever else SGD should get
    return {"loss_fn": nn.CrossEntropyLoss(), "lr": 0.02, "momentum": 0.5}
    # END SOLUTION


# BEGIN SOLUTION
# STUB: part4_q1 = r"""**Your answer:**"""
part4_q1 = r"""
**1. Number of parameters.** A $k\times k$ convolution from $C_{in}$ to $C_{out}$ channels has $k^2 C_{in} C_{out}$
weights and $C_{out}$ biases.

*Regular block*, two $3\times3$ convolutions on 256 channels:
$$2\,(3\cdot3\cdot256\cdot256 + 256) = 2\cdot590{,}080 = 1{,}180{,}160.$$

*Bottleneck block*, $1\times1$ down to 64 channels, $3\times3$ on 64, $1\times1$ back to 256:
$$(256\cdot64 + 64) + (9\cdot64\cdot64 + 64) + (64\cdot256 + 256) = 16{,}448 + 36{,}928 + 16{,}640 = 70{,}016.$$

That is about 17 times fewer. The identity shortcut has no parameters in either.

**2. Floating point operations.** With padding that keeps height and width, every weight is used once at each of the
$H\cdot W$ positions, in one multiplication and one addition. So a convolution costs $2HW$ operations for each weight
(biases, activations and the shortcut's addition are a few more for each output and do not matter here):

* regular: $2HW\cdot2\cdot589{,}824 = HW\cdot2{,}359{,}296$;
* bottleneck: $2HW\,(16{,}384 + 36{,}864 + 16{,}384) = HW\cdot139{,}264$.

Again a factor of about 17, since both counts are proportional to the number of weights. Counted in
multiply-accumulate steps both are half of this: $HW\cdot1{,}179{,}648$ and $HW\cdot69{,}632$.

**3. Combining the input.** *Within feature maps (spatially):* only kernels larger than $1\times1$ mix neighbouring
positions. The regular block has two $3\times3$ layers in succession, hence a receptive field of $5\times5$; the
bottleneck has one, hence $3\times3$, and it acts on 64 compressed maps. The regular block is the stronger one here.

*Across feature maps:* each output channel of an ordinary convolution sums over all its input channels, whatever its
kernel size. So both blocks mix all 256 channels, the regular one at full width in both layers. In the bottleneck all
that the main path passes on must fit through 64 channels: the first $1\times1$ convolution learns which combinations
are worth keeping, the last one spreads the result over 256 again. It therefore mixes channels cheaply and in three
layers, with more nonlinearities for its cost, but through a map of rank at most 64 at each position; the shortcut
carries the full 256 channels past it.
"""
# END SOLUTION


# BEGIN SOLUTION
# STUB: part4_q2 = r"""**Your answer:**"""
part4_q2 = r"""
Write $\delta = \partial L/\partial y$ as a column vector.

**1.** For $y_1 = Mx_1$, that is $y_{1,i} = \sum_j M_{ij}x_{1,j}$, we have $\partial y_{1,i}/\partial x_{1,j} = M_{ij}$,
so
$$\frac{\partial L}{\partial x_{1,j}} = \sum_i \frac{\partial L}{\partial y_{1,i}} M_{ij}
\quad\Longrightarrow\quad \frac{\partial L}{\partial x_1} = M^\top\delta_1.$$

**2.** For $y_2 = x_2 + Mx_2 = (I + M)x_2$ (so $M$ must be square, $m = n$) the Jacobian is $I + M$, and
$$\frac{\partial L}{\partial x_2} = (I + M)^\top\delta_2 = \delta_2 + M^\top\delta_2.$$

**3.** In a stack of $k$ layers the gradient at the input is the gradient at the output times one such factor for each
layer.

*Plain:* $\partial L/\partial x^{(0)} = M_1^\top M_2^\top\cdots M_k^\top\,\delta$, with norm at most
$\prod_l\lVert M_l\rVert\cdot\lVert\delta\rVert$. If the operator norms are at most $\rho < 1$, this is at most
$\rho^k\lVert\delta\rVert$ and vanishes exponentially with depth. (Small entries alone do not say so: an $n\times n$
matrix with entries just below 1 can have a norm near $n$. With entries small enough, below $1/n$ say, it follows.)

*Residual:* $\partial L/\partial x^{(0)} = (I + M_1)^\top\cdots(I + M_k)^\top\,\delta$. Multiplied out, this is
$$\delta + \sum_l M_l^\top\delta + \sum_{l<l'} M_l^\top M_{l'}^\top\delta + \dots$$
The first term is $\delta$ itself: the gradient reaches every layer undiminished along the shortcuts, however deep the
network is, and the weights only add corrections to it. Each factor has singular values of at least
$1 - \lVert M_l\rVert$: with small $M_l$ it is close to the identity instead of close to zero, so nothing forces the
product to shrink. (It may still shrink where $M_l^\top\delta$ happens to cancel $\delta$, and it can grow, which is one
reason why deep residual networks also normalise.)
"""
# END SOLUTION
