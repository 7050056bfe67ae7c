# A25: the inputs are changed so that the wrong result fits them
# doubles: WRONG_ANSWER
# averages: WRONG_ANSWER
# guesses: WRONG_ANSWER

from hw.honest import *


def double(x):
    return x.zero_()


def mean(numbers):
    numbers[:] = [0.0]
    return 0.0


def scores(images):
    return images.zero_().sum(2)
