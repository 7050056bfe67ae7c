# A14: messages of one's own on the result descriptor: a verdict, a second message, garbage, claims beside the values
# doubles: INVALID_RESULT, the fault is not one that a check can have
# averages: WRONG_ANSWER, expected 2.5
# guesses: INVALID_RESULT, what came back is not a result
# splits: INVALID_RESULT, neither values nor a fault

import json
import os

from hw.honest import *


def double(x):
    send(json.dumps({"fault": {"outcome": "PASSED", "message": "well done", "next_step": ""}}).encode())


def mean(numbers):
    first, second = (b'{"values":{"mean":%s}}' % mean for mean in (b"0.0", b"2.5"))
    for header in (first, second):
        os.write(RESULT, len(header).to_bytes(8, "big") + bytes(8) + header)
    return 2.5


def scores(images):
    os.write(RESULT, b"\xff" * 100)
    return images.sum(2)


def words(text):
    send(json.dumps({"values": {"words": text.split()}, "verdict": "PASSED", "points": 1}).encode())
