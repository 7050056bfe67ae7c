"""What is asked for, done honestly, and how an attack says that it got what it must not get."""

import os

RESULT = 3  # the descriptor on which results leave


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


def send(header, payload=b""):
    """Send a result of one's own making in the place of the honest one, and end."""
    frame = len(header).to_bytes(8, "big") + len(payload).to_bytes(8, "big") + header + payload
    while frame:
        frame = frame[os.write(RESULT, frame) :]
    os._exit(0)
