# honest: a model saved and loaded again

import torch

from hw.honest import *


def double(x):
    model = torch.nn.Linear(3, 3, bias=False)
    torch.nn.init.eye_(model.weight)
    torch.save(model.state_dict(), "model.pt")
    again = torch.nn.Linear(3, 3, bias=False)
    again.load_state_dict(torch.load("model.pt", weights_only=True))
    return (again(x) * 2).detach()
