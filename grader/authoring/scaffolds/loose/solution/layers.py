"""A function on tensors."""

from torch import Tensor


def standardise(x: Tensor) -> Tensor:
    """Return `x`, shape (N, D), with every column brought to mean 0 and standard deviation 1.

    `x` itself stays as it is, and gradients flow through.
    """
    # BEGIN SOLUTION: standardise the columns
    # This is the reference. `grader stubs NAME` makes the students' file of it: a block between two markers, with
    # this comment, becomes its STUB lines, or a `raise NotImplementedError` with the text after the marker.
    return (x - x.mean(dim=0)) / x.std(dim=0)
    # END SOLUTION
