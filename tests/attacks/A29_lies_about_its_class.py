# A29: objects that say they are of another class, to isinstance and to whoever asks for their name
# averages: INVALID_RESULT, is of type float
# guesses: INVALID_RESULT, is of type Tensor

import torch

from hw.honest import *


class Anything(type):
    def __instancecheck__(cls, value):
        return True

    def __eq__(cls, other):
        return True

    __hash__ = type.__hash__


class Number(metaclass=Anything):
    __class__ = float

    def __float__(self):
        return 2.5


class Scores(metaclass=Anything):
    __class__ = torch.Tensor


Number.__name__ = "float"
Scores.__name__ = "Tensor"


def mean(numbers):
    return Number()


def scores(images):
    return Scores()
