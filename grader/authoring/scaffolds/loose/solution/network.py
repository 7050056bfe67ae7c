"""A network on standardised columns, and a question."""

from layers import standardise
from torch import Tensor, nn


def two_layers(inner: int) -> nn.Module:
    """Return a linear layer from 4 to `inner`, a ReLU and a linear layer to 3, made in this order."""
    # BEGIN SOLUTION: build the network
    return nn.Sequential(nn.Linear(4, inner), nn.ReLU(), nn.Linear(inner, 3))
    # END SOLUTION


def scores(net: nn.Module, x: Tensor) -> Tensor:
    """Return what `net` gives for `x`, shape (N, 4), with its columns standardised: (N, 3). Gradients reach `net`."""
    # BEGIN SOLUTION: standardise, then run the network
    return net(standardise(x))
    # END SOLUTION


def why() -> str:
    """Return your answer: why does it help training to standardise the columns of the input?"""
    # BEGIN SOLUTION
    # STUB: return "Write your answer here."
    return "So that no column outweighs the others, and one learning rate suits all weights."
    # END SOLUTION
