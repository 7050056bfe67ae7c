# C12: points of one's own, and True in the place of a number
# doubles: INVALID_RESULT, neither values nor a fault
# averages: WRONG_ANSWER
# guesses: INVALID_RESULT, the fault is not one that a check can have

import json

from hw.honest import *


def double(x):
    send(json.dumps({"values": {"out": 1.0}, "points": "1e9"}).encode())


def mean(numbers):
    return True


def scores(images):
    send(json.dumps({"fault": {"outcome": "WRONG_ANSWER", "message": "", "next_step": "", "points": 1}}).encode())
