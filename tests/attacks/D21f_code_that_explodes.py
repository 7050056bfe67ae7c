# D21: a short text that is compiled to something huge
# doubles: RUNTIME_ERROR | MEMORY_LIMIT | TIME_LIMIT
# averages: RUNTIME_ERROR | MEMORY_LIMIT | TIME_LIMIT
# slow

import ast

from hw.honest import *


def double(x):
    ast.literal_eval("[" * 90 + "1," * 20_000_000 + "]" * 90)


def mean(numbers):
    exec("if 1:\n" + "".join(f"{' ' * depth}if 1:\n" for depth in range(1, 99)) + " " * 99 + "x" * 10**9)
