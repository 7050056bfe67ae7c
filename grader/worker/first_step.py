"""One tiny training step: what torch or a device sets up at its first operations is there before a check begins."""

from __future__ import annotations

import torch
from torch import nn


def first_step(device: str) -> None:
    """Take it on `device`, as torch names it. Raises what torch raises where nothing can be computed there."""
    layers = (nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.MaxPool2d(2), nn.Flatten())
    model = nn.Sequential(*layers, nn.Linear(8 * 15 * 15, 10)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    given, wanted = torch.ones(2, 3, 32, 32, device=device), torch.tensor([0, 1], device=device)
    loss = nn.CrossEntropyLoss()(model(given), wanted)
    loss.backward()
    optimizer.step()
    loss.item()  # waits for the device, and hears what went wrong there
