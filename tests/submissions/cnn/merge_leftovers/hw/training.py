"""One loop for both training and testing."""

from dataclasses import dataclass
from itertools import islice

import torch


@dataclass
class EpochResult:
    losses: list[float]
    accuracy: float


class ClassifierTrainer:
    def __init__(self, model, loss_fn, optimizer, device=None):
        self.device = device or next(model.parameters()).device
        self.net = model.to(self.device)
        self.criterion = loss_fn
        self.opt = optimizer

    def train_epoch(self, dl_train, max_batches=None, verbose=True):
        return self.epoch(dl_train, max_batches, verbose, training=True)

    def test_epoch(self, dl_test, max_batches=None, verbose=True):
        return self.epoch(dl_test, max_batches, verbose, training=False)

    def epoch(self, loader, max_batches, verbose, training):
        self.net.train(training)
        losses = []
        right = torch.zeros(0, dtype=torch.bool)
        with torch.set_grad_enabled(training):
            for images, labels in islice(loader, max_batches):
                images, labels = images.to(self.device), labels.to(self.device)
                scores = self.net(images)
                loss = self.criterion(scores, labels)
                if training:
                    loss.backward()
                    self.opt.step()
                    self.opt.zero_grad(set_to_none=True)
                losses.append(float(loss))
                right = torch.cat([right, (scores.argmax(1) == labels).cpu()])
        accuracy = 100 * float(right.double().mean())
        if verbose:
            print("training" if training else "testing", losses[-1], accuracy)
        return EpochResult(losses, accuracy)
