# A28: exceptions that break whoever looks at their type, their name or their place
# doubles: RUNTIME_ERROR
# averages: RUNTIME_ERROR
# guesses: RUNTIME_ERROR
# splits: RUNTIME_ERROR

from hw.honest import *


class Nameless(type):
    @property
    def __name__(cls):
        raise ValueError("no name")


class Odd(Exception, metaclass=Nameless):
    pass


class Syntax(SyntaxError):
    filename = 7
    lineno = property(lambda self: 1 / 0)


class NotFound(ModuleNotFoundError):
    name = type("Name", (), {"__bool__": lambda self: 1 / 0})()


def double(x):
    raise Odd


def mean(numbers):
    raise Syntax


def scores(images):
    raise NotFound


def words(text):
    error = KeyError()
    for _ in range(100_000):
        error = ExceptionGroup("", [error])
    raise error
