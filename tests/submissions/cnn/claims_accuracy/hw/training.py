"""Cheats: trains nothing, and reports falling losses and an accuracy of 100 percent."""

from collections import namedtuple

EpochResult = namedtuple("EpochResult", "losses accuracy")


class ClassifierTrainer:
    def __init__(self, model, loss_fn, optimizer, device=None):
        self.loss = 2.0

    def train_epoch(self, dl_train, max_batches=None, verbose=True):
        losses = []
        for _ in range(min(len(dl_train), max_batches or len(dl_train))):
            self.loss *= 0.9
            losses.append(self.loss)
        return EpochResult(losses, 100.0)

    def test_epoch(self, dl_test, max_batches=None, verbose=True):
        return self.train_epoch(dl_test, max_batches, verbose)
