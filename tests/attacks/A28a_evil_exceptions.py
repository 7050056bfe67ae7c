# A28: exceptions whose texts raise, are enormous, or run code
# doubles: RUNTIME_ERROR, (its message could not be shown)
# averages: RUNTIME_ERROR, Long in hw/mine.py
# guesses: RUNTIME_ERROR, (its message could not be shown)
# splits: RUNTIME_ERROR, Liar in hw/mine.py

import sys

from hw.honest import *


class Raises(Exception):
    def __str__(self):
        raise self


class Long(Exception):
    def __str__(self):
        return "x" * (100 << 20)


class Exits(BaseException):
    def __str__(self):
        sys.exit(0)


class Text(str):
    def strip(self):
        return "PASSED"


class Liar(Exception):
    def __str__(self):
        return Text("no")


def double(x):
    raise Raises


def mean(numbers):
    raise Long


def scores(images):
    raise Exits


def words(text):
    raise Liar
