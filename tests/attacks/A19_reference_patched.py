# A19: a function of torch with which a check might work out what is right is replaced, and gives what the attack gives
# doubles: WRONG_ANSWER, has shape (), expected (2, 3)

import torch

from hw.honest import *

torch.mul = lambda *given, **named: torch.zeros(())


def double(x):
    return torch.mul(x, 2)
