# fails: trains_a_given_model=WRONG_ANSWER resumes_where_it_stopped=WRONG_ANSWER resumes_from_the_best_epoch=WRONG_ANSWER skips_make_depth_trainable=WRONG_ANSWER
# ruff: noqa: E501  the first line is one line
"""The trainer: epochs, measuring, checkpoints, and a run that can stop and go on as if it never had."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

from .progress import progress

Sample = tuple[Tensor, Any]
"""One image and its label."""


def split_data(data: Dataset[Sample], share: float = 0.9, seed: int = 0) -> tuple[Subset[Sample], Subset[Sample]]:
    """Cut a set at random into one for training and one for validation.

    The same seed gives the same parts, always; torch's global generator is left alone.

    Args:
        data: the samples.
        share: part of them for training, rounded down; all others are for validation.
        seed: which of the many splits.
    """
    n_train = int(len(data) * share)
    train, val = torch.utils.data.random_split(
        data, [n_train, len(data) - n_train], torch.Generator().manual_seed(seed)
    )
    return train, val


class ModelTrainer:
    """Trains a model with Adam, measures it, and keeps a checkpoint from which training can go on."""

    def __init__(
        self,
        model: nn.Module,
        device: torch.device | str,
        loss_fun: Callable[[Tensor, Tensor], Tensor],
        batch_size: int,
        learning_rate: float,
        save_dir: Path | str,
        model_name: str,
        start_from_checkpoint: bool = False,
        *,
        num_workers: int = 0,
        seed: int = 0,
        verbose: bool = True,
    ) -> None:
        """Get ready to train from the beginning, or to go on from a checkpoint.

        Args:
            model: gives scores (N, C).
            device: where to compute.
            loss_fun: maps scores (N, C) and labels (N,) to the mean loss, a tensor without axes.
            batch_size: of every loader.
            learning_rate: of Adam; all its other settings stay as they are.
            save_dir: folder of the checkpoint; made when something is saved.
            model_name: the checkpoint is the file `<model_name>.pt` in it.
            start_from_checkpoint: whether to load that checkpoint and go on from there.
            num_workers: of every loader.
            seed: of the order of training samples.
            verbose: whether to show progress bars.

        Raises FileNotFoundError where a checkpoint is to be loaded and there is none, and FileExistsError where it
        is not to be loaded and there is one, which this run would write over; both name the file.
        """
        self.device = torch.device(device)
        self.model = model.to(self.device)
        self.loss_fun = loss_fun
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.verbose = verbose
        self.save_path = Path(save_dir) / f"{model_name}.pt"

        self.train_loss_logger: list[float] = []  # the loss of every batch
        self.train_acc_logger: list[float] = []  # the accuracy of every evaluation of the training set, a fraction
        self.val_acc_logger: list[float] = []  # the same for the validation set
        self.start_epoch = 0  # the first epoch that is still to do
        self.best_valid_acc = 0.0  # the accuracy saved with the checkpoint

        self.optimizer: torch.optim.Optimizer
        self.shuffler: torch.Generator  # draws the order of the training samples
        self.train_loader: DataLoader[Sample]  # shuffles, to train
        self.loaders: dict[str, DataLoader[Sample]]  # "train", "val" and "test", in their own order, to measure
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=learning_rate)
        self.shuffler = torch.Generator().manual_seed(seed)
        if start_from_checkpoint:
            self.load_checkpoint()
        elif self.save_path.exists():
            raise FileExistsError(
                f"{self.save_path} exists and would be written over; pass start_from_checkpoint=True to go on from it, "
                "or choose another model_name"
            )

    def set_data(self, train_set: Dataset[Sample], test_set: Dataset[Sample], val_set: Dataset[Sample]) -> None:
        """Make the loaders: one that shuffles, to train; one for each set that keeps its order, to measure."""
        self.train_loader = self._loader(train_set, self.shuffler, shuffle=True)
        # A loader draws one number at each pass even when it does not shuffle: not from the generator of dropout.
        sets = {"train": train_set, "val": val_set, "test": test_set}
        self.loaders = {name: self._loader(data, torch.Generator(), shuffle=False) for name, data in sets.items()}

    def _loader(self, data: Dataset[Sample], generator: torch.Generator, *, shuffle: bool) -> DataLoader[Sample]:
        return DataLoader(data, self.batch_size, shuffle=shuffle, generator=generator, num_workers=self.num_workers)

    def train_model(self) -> None:
        """Train for one epoch, in training mode; append the loss of every batch to `train_loss_logger`."""
        self.model.train()
        for images, labels in self._batches(self.train_loader, "training"):
            loss = self.loss_fun(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            self.train_loss_logger.append(loss.item())

    def _batches(self, loader: DataLoader[Sample], label: str) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the loader's batches on the trainer's device, behind a progress bar. Given: loop over this."""
        for images, labels in progress(loader, label, shown=self.verbose):
            yield images.to(self.device), labels.to(self.device)

    def evaluate_model(self, train_test_val: str) -> float:
        """Return the share of samples whose largest score is at their label, in evaluation mode.

        Changes nothing that training depends on. The results of "train" and "val" are appended to `train_acc_logger`
        and `val_acc_logger`; those of "test" are not kept.

        Args:
            train_test_val: "train", "val" or "test".

        Raises ValueError for any other name; the message quotes it and lists the three.
        """
        loggers = {"train": self.train_acc_logger, "val": self.val_acc_logger, "test": []}
        if train_test_val not in loggers:
            raise ValueError(f"no set is called {train_test_val!r}; choose one of {', '.join(loggers)}")
        self.model.eval()
        hits = samples = 0
        with torch.no_grad():
            for images, labels in self._batches(self.loaders[train_test_val], train_test_val):
                hits += int((self.model(images).argmax(dim=1) == labels).sum())
                samples += len(labels)
        accuracy = hits / samples
        loggers[train_test_val].append(accuracy)
        return accuracy

    def save_checkpoint(self, epoch: int, valid_acc: float) -> None:
        """Keep `valid_acc` as `best_valid_acc`, and write everything that going on needs to `save_path`.

        Args:
            epoch: the epoch that has just been finished, counted from 0.
            valid_acc: the accuracy on the validation set after it.
        """
        self.best_valid_acc = valid_acc
        checkpoint = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": epoch,
            "best_valid_acc": valid_acc,
            "train_loss_logger": self.train_loss_logger,
            "train_acc_logger": self.train_acc_logger,
            "val_acc_logger": self.val_acc_logger,
            "shuffler": self.shuffler.get_state(),
            "random": torch.get_rng_state(),
        }
        if self.device.type == "cuda":  # dropout draws from the generator of its device
            checkpoint["cuda_random"] = torch.cuda.get_rng_state(self.device)
        self.save_path.parent.mkdir(parents=True, exist_ok=True)
        # A run that is killed while it writes must not take the last good checkpoint with it.
        partial = self.save_path.with_suffix(".partial")
        torch.save(checkpoint, partial)
        partial.replace(self.save_path)

    def load_checkpoint(self) -> None:
        """Bring everything back to where `save_checkpoint` was called; `start_epoch` is the epoch after the saved one.

        Raises FileNotFoundError, with the path in its message, where there is no checkpoint.
        """
        if not self.save_path.exists():
            raise FileNotFoundError(f"there is no checkpoint {self.save_path} to start from")
        # On the CPU: generators take their states from there only, and models and optimizers copy theirs anyway.
        checkpoint = torch.load(self.save_path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.start_epoch = checkpoint["epoch"] + 1
        self.best_valid_acc = checkpoint["best_valid_acc"]
        self.train_loss_logger = checkpoint["train_loss_logger"]
        self.train_acc_logger = checkpoint["train_acc_logger"]
        self.val_acc_logger = checkpoint["val_acc_logger"]
        self.shuffler.set_state(checkpoint["shuffler"])
        torch.set_rng_state(checkpoint["random"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(checkpoint["cuda_random"], self.device)


def fit(trainer: ModelTrainer, num_epochs: int) -> None:
    """Train up to epoch `num_epochs` - 1, and keep the best model seen.

    Each epoch from `trainer.start_epoch` on: train, then measure on the training set and on the validation set, then
    save a checkpoint if the model is better on the validation set than `trainer.best_valid_acc`.
    """
    for epoch in range(trainer.start_epoch, num_epochs):
        trainer.train_model()
        trainer.evaluate_model("train")
        valid_acc = trainer.evaluate_model("val")
        if valid_acc > trainer.best_valid_acc:
            trainer.save_checkpoint(epoch, valid_acc)
