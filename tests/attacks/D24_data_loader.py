# D24: a DataLoader with two workers, and a training step with each batch

import torch
from torch.utils.data import DataLoader, TensorDataset

from hw.honest import *


def scores(images):
    model = torch.nn.Linear(20, 5)
    optimizer = torch.optim.Adam(model.parameters())
    found = []
    for (batch,) in DataLoader(TensorDataset(images), batch_size=5, num_workers=2):
        model(batch.flatten(1)).square().mean().backward()
        optimizer.step()
        found.append(batch.sum(2))
    return torch.cat(found)
