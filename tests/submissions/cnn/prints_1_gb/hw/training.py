"""The training loop."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch

from .classifier import Classifier


class BatchResult(NamedTuple):
    loss: float
    num_correct: int


class EpochResult(NamedTuple):
    losses: list
    accuracy: float


class Trainer(ABC):
    def __init__(self, model, device=None):
        self.model = model
        self.device = device
        if device is not None:
            model.to(device)

    def train_epoch(self, dl_train, max_batches=None, verbose=True):
        self.model.train()
        return self._run_epoch(dl_train, self.train_batch, max_batches, verbose)

    def test_epoch(self, dl_test, max_batches=None, verbose=True):
        self.model.eval()
        return self._run_epoch(dl_test, self.test_batch, max_batches, verbose)

    def _run_epoch(self, dl, handle, max_batches, verbose):
        losses, correct, seen = [], 0, 0
        for i, batch in enumerate(dl):
            if max_batches is not None and i >= max_batches:
                break
            result = handle(batch)
            losses.append(result.loss)
            correct += result.num_correct
            seen += len(batch[1])
        accuracy = 100.0 * correct / seen
        if verbose:
            print(f"loss {sum(losses) / len(losses):.3f}, accuracy {accuracy:.1f}%")
        return EpochResult(losses, accuracy)

    @abstractmethod
    def train_batch(self, batch):
        ...

    @abstractmethod
    def test_batch(self, batch):
        ...


class ClassifierTrainer(Trainer):
    def __init__(self, model: Classifier, loss_fn, optimizer, device=None):
        super().__init__(model, device)
        self.loss_fn = loss_fn
        self.optimizer = optimizer

    def train_batch(self, batch):
        x, y = self._on_device(batch)
        self.optimizer.zero_grad()
        scores = self.model(x)
        loss = self.loss_fn(scores, y)
        loss.backward()
        self.optimizer.step()
        return BatchResult(loss.item(), self._hits(scores, y))

    def test_batch(self, batch):
        x, y = self._on_device(batch)
        with torch.no_grad():
            scores = self.model(x)
            loss = self.loss_fn(scores, y)
        return BatchResult(loss.item(), self._hits(scores, y))

    def _hits(self, scores, y):
        return (self.model.classify_scores(scores) == y).sum().item()

    def _on_device(self, batch):
        x, y = batch
        return x.to(self.device), y.to(self.device)
