"""What is asked for, done honestly, and how an attack says that it got what it must not get."""

import os


def double(x):
    """Every element times two."""
    return x * 2


def mean(numbers):
    """The mean of a list of numbers."""
    return sum(numbers) / len(numbers)


def scores(images):
    """One score for each class: a picture is brightest in the row of its class."""
    return images.sum(2)


def words(text):
    """The words of a text."""
    return text.split()


def reached(what):
    """Say that the attack has succeeded."""
    os.write(1, f"REACHED {what}\n".encode())
