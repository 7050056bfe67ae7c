"""Reads a file of arrays, within the sandbox: a pickle is a program."""

import io
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import torch

from grader import check, finite

LOADERS: dict[str, Callable[[io.BytesIO], Any]] = {
    ".npy": lambda stream: numpy.load(stream, allow_pickle=True),
    ".npz": lambda stream: dict(numpy.load(stream, allow_pickle=True)),
    ".pkl": pickle.load,
    ".pickle": pickle.load,
    ".pt": lambda stream: torch.load(stream, map_location="cpu", weights_only=False),
    ".pth": lambda stream: torch.load(stream, map_location="cpu", weights_only=False),
}


@check(points=0, seconds=60, expect=[finite("arrays")])
def arrays(hw: object) -> dict[str, object]:
    """The arrays and numbers of a file, and by which keys one gets to each."""
    (path,) = Path(sys.path[0], "hw").glob("contents.*")
    found = list(_arrays(LOADERS[path.suffix](io.BytesIO(path.read_bytes()))))
    return {"keys": [key for key, _ in found], **{f"array{number}": value for number, (_, value) in enumerate(found)}}


def _arrays(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """What can be compared in a value, with the way to it: `layers.0.weight`."""
    if isinstance(value, torch.Tensor):
        yield key, torch.Tensor.detach(value).contiguous()
    elif isinstance(value, numpy.ndarray | numpy.generic) and value.dtype != object:
        yield key, torch.from_numpy(numpy.array(value))
    elif type(value) in (bool, int, float, str):
        yield key, value
    elif isinstance(value, dict | list | tuple):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _arrays(each, f"{key}.{name}".lstrip("."))
