# C11: lists that are too deep for a value, and JSON that is no message
# doubles: INVALID_RESULT, nested too deeply
# averages: INVALID_RESULT, neither values nor a fault
# guesses: INVALID_RESULT, not JSON
# splits: INVALID_RESULT, a value is not of a plain type

from hw.honest import *


def double(x):
    send(b'{"values":{"out":' + b"[" * 50 + b"]" * 50 + b"}}")


def mean(numbers):
    send(b'[{"values":{"mean":2.5}}]')


def scores(images):
    send(b'{"values":{"scores":0}} {}')


def words(text):
    send(b'{"values":{"words":{"0":"one"}}}')
