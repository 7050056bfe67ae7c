"""Two functions on tensors, and a question."""

from torch import Tensor, nn


def standardise(x: Tensor) -> Tensor:
    """Return `x`, shape (N, D), with every column brought to mean 0 and standard deviation 1.

    `x` itself stays as it is, and gradients flow through.
    """
    # BEGIN SOLUTION: standardise the columns
    # This is the reference. `grader stubs NAME` makes the students' file of it: a block between two markers, with
    # this comment, becomes its STUB lines, or a `raise NotImplementedError` with the text after the marker.
    return (x - x.mean(dim=0)) / x.std(dim=0)
    # END SOLUTION


def two_layers(inner: int) -> nn.Module:
    """Return a linear layer from 4 to `inner`, a ReLU and a linear layer to 3, made in this order."""
    # BEGIN SOLUTION: build the network
    return nn.Sequential(nn.Linear(4, inner), nn.ReLU(), nn.Linear(inner, 3))
    # END SOLUTION


def why() -> str:
    """Return your answer: why does it help training to standardise the columns of the input?"""
    # BEGIN SOLUTION
    # STUB: return "Write your answer here."
    return "So that no column outweighs the others, and one learning rate suits all weights."
    # END SOLUTION
