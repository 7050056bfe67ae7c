# C11: messages at the limit of size, made to take long or much memory
# doubles: WRONG_ANSWER
# averages: WRONG_ANSWER
# guesses: INVALID_RESULT, more than the limit
# splits: WRONG_ANSWER
# slow

from hw.honest import *

NEARLY = (1 << 20) - 100


def double(x):
    send(b'{"values":{"out":[' + b"0," * (NEARLY // 2) + b"0]}}")


def mean(numbers):
    send(b'{"values":{"mean":[' + b"[]," * (NEARLY // 3) + b"[]]}}")


def scores(images):
    send(b'{"values":{"scores":"' + b"x" * (4 << 20) + b'"}}')


def words(text):
    send(b'{"values":{"words":[' + b'"x",' * (NEARLY // 4) + b'""]}}')
