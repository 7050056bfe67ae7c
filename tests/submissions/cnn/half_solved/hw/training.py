"""The loop that trains a model, batch by batch and epoch by epoch."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from .classifier import Classifier

Batch = tuple[Tensor, Tensor]
"""Samples of shape (N, ...) and their labels of shape (N,)."""


class BatchResult(NamedTuple):
    """What one batch gave: its mean loss and how many of its samples were classified right."""

    loss: float
    num_correct: int


class EpochResult(NamedTuple):
    """What one epoch gave: the loss of every batch in order, and the accuracy over all its samples in percent."""

    losses: list[float]
    accuracy: float


@dataclass
class FitResult:
    """Results of every epoch, in order."""

    train: list[EpochResult] = field(default_factory=list)
    test: list[EpochResult] = field(default_factory=list)


class Trainer(ABC):
    """Runs epochs; subclasses say what is done with one batch."""

    def __init__(self, model: nn.Module, device: torch.device | str | None = None) -> None:
        """Keep the model and, where a device is given, move it there."""
        self.model = model
        self.device = device
        if device is not None:
            model.to(device)

    def fit(
        self,
        dl_train: DataLoader[Batch],
        dl_test: DataLoader[Batch],
        num_epochs: int,
        max_batches: int | None = None,
        verbose: bool = True,
    ) -> FitResult:
        """Train for a number of epochs, and test after each."""
        result = FitResult()
        for epoch in range(num_epochs):
            if verbose:
                print(f"epoch {epoch + 1} of {num_epochs}")
            result.train.append(self.train_epoch(dl_train, max_batches, verbose))
            result.test.append(self.test_epoch(dl_test, max_batches, verbose))
        return result

    def train_epoch(
        self, dl_train: DataLoader[Batch], max_batches: int | None = None, verbose: bool = True
    ) -> EpochResult:
        """Train on every batch once, in training mode.

        Args:
            dl_train: the batches.
            max_batches: stop after this many; None for all.
            verbose: whether to print one line at the end.
        """
        raise NotImplementedError("put the model into training mode and train on each batch")

    def test_epoch(
        self, dl_test: DataLoader[Batch], max_batches: int | None = None, verbose: bool = True
    ) -> EpochResult:
        """Test on every batch once, in evaluation mode; arguments as for `train_epoch`. No parameter changes."""
        raise NotImplementedError("put the model into evaluation mode and test on each batch")

    def _run_epoch(
        self,
        name: str,
        batches: DataLoader[Batch],
        handle: Callable[[Batch], BatchResult],
        max_batches: int | None,
        verbose: bool,
    ) -> EpochResult:
        """Give each batch to `handle` and gather the results.

        The accuracy is 100 times the number of samples classified right over the number of samples seen: batches may
        differ in size, so it is not the mean of the batches' accuracies.
        """
        raise NotImplementedError("handle at most max_batches batches, gather losses and count hits and samples")

    @abstractmethod
    def train_batch(self, batch: Batch) -> BatchResult:
        """Take one step of training on a batch."""

    @abstractmethod
    def test_batch(self, batch: Batch) -> BatchResult:
        """Measure one batch and change nothing."""


class ClassifierTrainer(Trainer):
    """Trains a classifier with a loss function and an optimizer."""

    def __init__(
        self,
        model: Classifier,
        loss_fn: Callable[[Tensor, Tensor], Tensor],
        optimizer: torch.optim.Optimizer,
        device: torch.device | str | None = None,
    ) -> None:
        """Keep what training needs.

        Args:
            model: the classifier.
            loss_fn: maps scores (N, C) and labels (N,) to the mean loss, a tensor without axes.
            optimizer: holds the model's parameters.
            device: where to compute; None for where the model is.
        """
        super().__init__(model, device)
        self.classifier = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer

    def train_batch(self, batch: Batch) -> BatchResult:
        """Take one optimizer step on the batch; the result is that of the scores before the step."""
        raise NotImplementedError("forward pass, backward pass, optimizer step, number of samples classified right")

    def test_batch(self, batch: Batch) -> BatchResult:
        """Return the batch's loss and number of samples classified right, without building a graph."""
        raise NotImplementedError("forward pass without gradients, number of samples classified right")

    def _on_device(self, batch: Batch) -> Batch:
        """Return the batch on the trainer's device."""
        x, y = batch
        return (x, y) if self.device is None else (x.to(self.device), y.to(self.device))


def cifar10_loaders(batch_size: int, folder: Path) -> tuple[DataLoader[Batch], DataLoader[Batch]]:
    """Return batches of CIFAR-10's training and test images, for your own experiments; downloads them to `folder` once.

    Grading never calls this. Images are float32 of shape (3, 32, 32) in [-1, 1].
    """
    import torchvision
    from torchvision import transforms

    prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)])
    train, test = (
        torchvision.datasets.CIFAR10(str(folder), train=is_train, download=True, transform=prepare)
        for is_train in (True, False)
    )
    return DataLoader(train, batch_size, shuffle=True), DataLoader(test, batch_size)
