# C10: numbers that JSON does not have, and a name that occurs twice
# doubles: INVALID_RESULT, NaN is not JSON
# averages: INVALID_RESULT, what came back is not a result
# guesses: INVALID_RESULT, a key occurs twice
# splits: INVALID_RESULT, -Infinity is not JSON

from hw.honest import *


def double(x):
    send(b'{"values":{"out":NaN}}')


def mean(numbers):
    send(b'{"values":{"mean":1e999}}')


def scores(images):
    send(b'{"values":{"scores":0.0,"scores":[1.0]}}')


def words(text):
    send(b'{"values":{"words":[-Infinity]}}')
