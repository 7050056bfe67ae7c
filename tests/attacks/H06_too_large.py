# H06: results of 80 MB, of more text than a message takes, and one that announces 8 GB
# doubles: OUTPUT_LIMIT, makes the result larger than 64 MiB
# averages: OUTPUT_LIMIT, the text and numbers returned take more than 1 MiB
# guesses: INVALID_RESULT, more than the limit

import os

import torch

from hw.honest import *


def double(x):
    return torch.zeros(20_000_000)


def mean(numbers):
    return "x" * (10 << 20)


def scores(images):
    os.write(RESULT, (20).to_bytes(8, "big") + (8 << 30).to_bytes(8, "big"))
    while True:
        os.write(RESULT, bytes(1 << 20))
