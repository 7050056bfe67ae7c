# D07: asks for 8 GiB at once: of torch, of Python, of numpy, of the kernel
# doubles: MEMORY_LIMIT, your code asked for 8.0 GiB at once
# averages: MEMORY_LIMIT
# guesses: MEMORY_LIMIT
# splits: MEMORY_LIMIT | RUNTIME_ERROR, memory

import mmap

import numpy
import torch

from hw.honest import *

SIZE = 8 << 30


def double(x):
    torch.zeros(SIZE // 4)
    reached("8 GiB of torch's")
    return x * 2


def mean(numbers):
    bytearray(SIZE)
    reached("8 GiB of Python's")


def scores(images):
    numpy.zeros(SIZE // 8)
    reached("8 GiB of numpy's")


def words(text):
    mmap.mmap(-1, SIZE)
    reached("8 GiB of the kernel's")
