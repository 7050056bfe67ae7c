# A26: generators, default types, gradients and signals are set otherwise, to disturb the checks that follow

import os
import random
import signal

import numpy
import torch

from hw.honest import *


def settings():
    return [
        torch.get_default_dtype(), torch.is_grad_enabled(), torch.initial_seed(), torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(), signal.getsignal(signal.SIGTERM), os.getcwd()[-3:],
        random.random(), numpy.random.rand(), float(torch.rand(())),
    ]


FIRST = settings()
AS_EVER = [torch.float32, True, 0, 1, True, signal.SIG_DFL, "box"]
if FIRST[:7] != AS_EVER:
    reached(f"settings of another check: {FIRST}")


def double(x):
    result = x * 2
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.manual_seed(1)
    torch.use_deterministic_algorithms(False)
    torch.set_num_threads(2)
    random.seed(1)
    numpy.random.seed(1)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.chdir("/")
    return result
