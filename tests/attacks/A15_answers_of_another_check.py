# A15: values under the names of another check, under no plain name, and under no name at all
# doubles: INVALID_RESULT, the result lacks `out`
# averages: INVALID_RESULT, a value's name is not a plain word
# guesses: INVALID_RESULT, the result lacks `scores`

import json

from hw.honest import *


def double(x):
    send(json.dumps({"values": {"mean": 2.5, "words": ["one"]}}).encode())


def mean(numbers):
    send(json.dumps({"values": {"mean": 2.5, "../averages": 2.5}}).encode())


def scores(images):
    send(json.dumps({"values": {}}).encode())
