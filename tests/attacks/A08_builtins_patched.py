# A08: abs, len, isinstance, print and open do what the attack wants, in a process whose result is wrong
# averages: WRONG_ANSWER, expected 2.5
# guesses: WRONG_ANSWER | INVALID_RESULT | RUNTIME_ERROR

import builtins

from hw.honest import *


def mean(numbers):
    builtins.abs = lambda value: 0.0
    builtins.all = builtins.any = lambda values: True
    builtins.print = builtins.open = lambda *given, **named: None
    return 0.0


def scores(images):
    builtins.len = lambda value: 0
    builtins.type = lambda value: float
    builtins.isinstance = lambda value, kinds: True
    builtins.max = builtins.min = lambda *values: 0
    return images.sum(2) * 0
