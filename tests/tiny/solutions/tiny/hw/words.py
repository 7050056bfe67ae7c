"""The reference."""

# BEGIN SOLUTION
# STUB: essay = "write here"
essay = "Because."
# END SOLUTION


def greet(name):
    """Greet."""
    # BEGIN SOLUTION: say hello
    return f"Hello, {name}!"
    # END SOLUTION
