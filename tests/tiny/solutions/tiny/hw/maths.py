"""The reference."""


def square(x):
    """Square."""
    return x * x
