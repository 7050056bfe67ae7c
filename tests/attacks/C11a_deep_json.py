# C11: lists in lists two hundred thousand deep, whole numbers of 5,000 digits, halves of characters
# doubles: INVALID_RESULT, not JSON: RecursionError
# averages: INVALID_RESULT, not JSON: ValueError
# guesses: INVALID_RESULT, not JSON: Unicode
# splits: INVALID_RESULT, not JSON: Unicode

from hw.honest import *


def double(x):
    send(b'{"values":{"out":' + b"[" * 200_000 + b"]" * 200_000 + b"}}")


def mean(numbers):
    send(b'{"values":{"mean":' + b"9" * 5000 + b"}}")


def scores(images):
    send(b'{"values":{"scores":"\\ud800"}}')


def words(text):
    send(b'{"values":{"words":"\xff"}}')
