"""Gradient descent with momentum."""


def step(weights, gradient, velocity, *, rate, momentum):
    """New weights and a new velocity; the three tensors that are given stay as they are."""
    # BEGIN SOLUTION: move along the velocity
    velocity = momentum * velocity - rate * gradient
    return weights + velocity, velocity
    # END SOLUTION
