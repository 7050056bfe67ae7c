# A19: what a check uses to make its input, and might use as a reference, is replaced
# doubles: WRONG_ANSWER

import torch
import torch.nn.functional

from hw.honest import *

torch.arange = lambda *given, **named: torch.zeros(6)
torch.nn.functional.cross_entropy = torch.sum = torch.mul = lambda *given, **named: torch.zeros(())
