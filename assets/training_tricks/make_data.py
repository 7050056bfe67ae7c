"""Make `data/little_pictures.safetensors`: 200 pictures in the shape of CIFAR-10's, to train on in seconds.

    train_images  uint8 (160, 32, 32, 3): height, width, colour, as CIFAR-10 keeps them
    train_labels  int64 (160,), sixteen of each of the ten classes, in an order drawn once
    test_images   uint8 (40, 32, 32, 3)
    test_labels   int64 (40,), four of each class

Each class has a smooth pattern (a few random waves in each colour). A picture is its class's pattern, shifted a little
and drawn with its own contrast and brightness, plus noise.

The bytes are the same on every run: numpy's PCG64 with a fixed seed, and whole numbers from 0 to 255, so that the last
bit of a machine's sine does not reach the file.

Run it as `python assets/training_tricks/make_data.py`.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save

CLASSES, SIDE, WAVES = 10, 32, 3
PER_CLASS = {"train": 16, "test": 4}
SHIFT, NOISE = 2, 0.15
SEED = 20020


def main() -> None:
    """Write the file beside this script, replacing it as a whole."""
    target = Path(__file__).parent / "data" / "little_pictures.safetensors"
    target.parent.mkdir(exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(save(_little_pictures(np.random.default_rng(SEED))))
    partial.replace(target)


def _little_pictures(random: np.random.Generator) -> dict[str, np.ndarray]:
    patterns = [_pattern(random) for _ in range(CLASSES)]
    tensors = {}
    for part, count in PER_CLASS.items():
        labels = random.permutation(np.repeat(np.arange(CLASSES), count))
        tensors[f"{part}_images"] = np.stack([_picture(patterns[label], random) for label in labels])
        tensors[f"{part}_labels"] = labels.astype(np.int64)
    return tensors


def _pattern(random: np.random.Generator) -> np.ndarray:
    """The mean picture of one class, (SIDE, SIDE, 3) within [-1, 1]: in each colour waves of one to three periods."""
    y, x = np.mgrid[:SIDE, :SIDE] * (2 * np.pi / SIDE)
    periods = random.integers(1, 4, size=(3, WAVES, 2, 1, 1))
    phases = random.uniform(0, 2 * np.pi, size=(3, WAVES, 1, 1))
    waves = np.sin(periods[:, :, 0] * x + periods[:, :, 1] * y + phases).mean(axis=1)
    tint = random.uniform(-0.7, 0.7, size=3)
    return 0.5 * np.moveaxis(waves, 0, -1) + tint


def _picture(pattern: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One picture of a class, (SIDE, SIDE, 3), whole numbers from 0 to 255."""
    down, right = random.integers(-SHIFT, SHIFT + 1, size=2)
    contrast, brightness = random.uniform(0.6, 1.0), random.uniform(-0.2, 0.2)
    values = contrast * np.roll(pattern, (down, right), axis=(0, 1)) + brightness
    values += NOISE * random.standard_normal(pattern.shape)
    return np.clip(np.round(127.5 + 90 * values), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
