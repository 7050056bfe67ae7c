# A03: an object that says it equals everything, in the place of a number
# averages: INVALID_RESULT, is of type Always

from hw.honest import *


class Always:
    def __eq__(self, other):
        return True


def mean(numbers):
    return Always()
