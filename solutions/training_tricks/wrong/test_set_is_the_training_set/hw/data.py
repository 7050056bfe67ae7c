# fails: cifar10=WRONG_ANSWER
"""The images: the transform, CIFAR-10, and batches of both."""

from pathlib import Path
from typing import Any

import torch
import torchvision
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


def make_transform() -> transforms.Compose:
    """Return what is done with every picture when it is read.

    A picture (PIL, values from 0 to 255) becomes a float32 tensor of shape (C, H, W) with values from 0 to 1.
    """
    return transforms.Compose([transforms.ToTensor()])


def cifar10_datasets(folder: Path) -> tuple[torchvision.datasets.CIFAR10, torchvision.datasets.CIFAR10]:
    """Return CIFAR-10's training set and its test set, both with your transform.

    Args:
        folder: where the files are kept; what is not there yet is downloaded.
    """
    transform = make_transform()
    train = torchvision.datasets.CIFAR10(root=str(folder), train=True, download=True, transform=transform)
    test = torchvision.datasets.CIFAR10(root=str(folder), train=True, download=True, transform=transform)
    return train, test


# --- given ---


class LittlePictures(Dataset[tuple[Any, int]]):
    """160 training and 40 test pictures in the shape of CIFAR-10's: enough to see every effect within seconds."""

    def __init__(self, file: Path, train: bool, transform: transforms.Compose) -> None:
        """Read `little_pictures.safetensors`."""
        part, tensors = "train" if train else "test", load_file(file)
        self.images: Tensor = tensors[f"{part}_images"]
        self.labels: list[int] = tensors[f"{part}_labels"].tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        picture = transforms.functional.to_pil_image(self.images[index].permute(2, 0, 1))
        return self.transform(picture), self.labels[index]


def make_loaders(
    train: Dataset[Any], test: Dataset[Any], batch_size: int, workers: int = 0
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Return batches of both sets; the training pictures come in a new order in every epoch."""
    return (
        DataLoader(train, batch_size, shuffle=True, num_workers=workers),
        DataLoader(test, batch_size, shuffle=False, num_workers=workers),
    )


def find_device() -> torch.device:
    """Return the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
