"""The reference."""

essay = "Because."


def greet(name):
    """Greet."""
    return f"Hello, {name}!"
