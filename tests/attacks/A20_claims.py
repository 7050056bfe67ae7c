# A20: a claim of full accuracy beside scores that have none
# guesses: WRONG_ANSWER, 4 of 20 samples are classified correctly (20%)

import os

import torch

from hw.honest import *


def scores(images):
    from grader.core.wire import encode_values

    claims = {"accuracy": 1.0, "correct": 20, "passed": True, "loss_decreased": True, "points": 1}
    frame = encode_values({"scores": torch.zeros(20, 5), **claims}, 1 << 20)
    os.write(RESULT, frame)
    os._exit(0)
