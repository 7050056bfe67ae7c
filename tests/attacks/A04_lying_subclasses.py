# A04: subclasses of float and str that lie about what they are equal to and how they are written
# averages: INVALID_RESULT, is of type Number
# splits: INVALID_RESULT, is of type Text

from hw.honest import *


class Number(float):
    def __eq__(self, other):
        return True

    def __float__(self):
        return 2.5

    def __format__(self, style):
        return "2.5"

    def __sub__(self, other):
        return 0.0


class Text(str):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __str__(self):
        return "one"


def mean(numbers):
    return Number(0)


def words(text):
    return [Text()]
