"""Train a network of your blocks and draw its curves. Given and complete; no check runs it.

    python -m hw.experiment --block ResBlock --blocks 20              small pictures made here, seconds on a CPU
    python -m hw.experiment --block ConvBlock --blocks 6 --cifar10    CIFAR-10, downloaded once; better on a GPU

Run it again with `--resume` to go on from the checkpoint, say with more `--epochs`.
"""

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from . import blocks
from .curves import draw_curves
from .network import CLASSES, Deep_CNN, count_parameters, gradient_norms
from .trainer import ModelTrainer, fit, split_data

SIDE = 32


def main() -> None:
    """Do what the command line says."""
    options = _options()
    train_all, test = cifar10(options.data) if options.cifar10 else small_pictures()
    train, val = split_data(train_all)
    torch.manual_seed(options.seed)
    model = Deep_CNN(3, options.blocks, options.width, getattr(blocks, options.block))
    print(f"{options.blocks} x {options.block}, width {options.width}: {count_parameters(model):,} parameters")

    images, labels = next(iter(DataLoader(train, batch_size=20)))
    norms = gradient_norms(model, images, labels, nn.CrossEntropyLoss())
    print(f"gradient before training: {norms[0]:.3g} at the first layer, {norms[-1]:.3g} at the last")

    device = "cuda" if torch.cuda.is_available() else "cpu"
    name = f"{options.block}_{options.blocks}_{options.width}_{'cifar10' if options.cifar10 else 'small'}"
    trainer = ModelTrainer(
        model,
        device,
        nn.CrossEntropyLoss(),
        options.batch_size,
        options.learning_rate,
        options.save_dir,
        name,
        options.resume,
        num_workers=options.workers,
        seed=options.seed,
    )
    trainer.set_data(train_set=train, test_set=test, val_set=val)
    began = time.monotonic()
    fit(trainer, options.epochs)
    print(f"{time.monotonic() - began:.0f} s; best accuracy on the validation set: {trainer.best_valid_acc:.1%}")
    print(f"accuracy on the test set after the last epoch: {trainer.evaluate_model('test'):.1%}")
    try:
        draw_curves(trainer, Path(f"{name}.svg"))
    except ModuleNotFoundError:
        print("no curves: install matplotlib for them")


def cifar10(folder: Path) -> tuple[Dataset[tuple[Tensor, int]], Dataset[tuple[Tensor, int]]]:
    """CIFAR-10's training and test images, downloaded to `folder` once; each channel has about mean 0, deviation 1."""
    from torchvision import datasets, transforms

    prepare = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    )
    train, test = (
        datasets.CIFAR10(str(folder), train=part, download=True, transform=prepare) for part in (True, False)
    )
    return train, test


def small_pictures(n_train: int = 600, n_test: int = 100) -> tuple[TensorDataset, TensorDataset]:
    """Pictures of ten classes, made here: each is its class's pattern of waves, somewhat shifted, under noise."""
    random = torch.Generator().manual_seed(0)
    y, x = torch.meshgrid(*[torch.arange(SIDE) * (2 * torch.pi / SIDE)] * 2, indexing="ij")
    waves = torch.randint(1, 4, (2, CLASSES, 3, 1, 1), generator=random)
    labels = torch.arange(n_train + n_test) % CLASSES
    shifts = 2 * torch.pi * 0.2 * torch.rand(2, len(labels), 1, 1, 1, generator=random)
    pictures = torch.sin(waves[0][labels] * (x + shifts[0])) * torch.sin(waves[1][labels] * (y + shifts[1]))
    pictures += 0.5 * torch.randn(pictures.shape, generator=random)
    return TensorDataset(pictures[:n_train], labels[:n_train]), TensorDataset(pictures[n_train:], labels[n_train:])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a network of your blocks and draw its curves.")
    parser.add_argument("--block", choices=["ConvBlock", "ResBlock", "ResDownBlock", "SkipBlock"], default="ResBlock")
    parser.add_argument("--blocks", type=int, default=6, help="how many of them")
    parser.add_argument("--width", type=int, default=16, help="channels")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--cifar10", action="store_true", help="CIFAR-10 instead of small pictures made here")
    parser.add_argument("--data", type=Path, default=Path("data"), help="where CIFAR-10 is kept")
    parser.add_argument("--save-dir", type=Path, default=Path("checkpoints"))
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    return parser.parse_args()


if __name__ == "__main__":
    main()
