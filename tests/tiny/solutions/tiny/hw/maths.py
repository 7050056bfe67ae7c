"""The reference."""


def square(x):
    """Square."""
    # BEGIN SOLUTION: square it
    return x * x
    # END SOLUTION
