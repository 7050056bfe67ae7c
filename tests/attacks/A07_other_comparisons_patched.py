# A07: the comparisons of numpy, math and unittest accept everything
# averages: WRONG_ANSWER, expected 2.5
# guesses: WRONG_ANSWER, classified correctly

import math
import unittest

import numpy

from hw.honest import *

numpy.allclose = numpy.array_equal = math.isclose = lambda *given, **named: True
numpy.testing.assert_allclose = numpy.testing.assert_array_equal = lambda *given, **named: None
for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *given, **named: None)


def mean(numbers):
    return 0.0


def scores(images):
    return images.sum(2) * 0
