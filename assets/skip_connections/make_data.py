"""Make `data/small_images.safetensors`: small pictures of ten classes, to train on and to measure on.

    images       uint8 (50, 3, 32, 32), five of each class
    labels       int64 (50,)
    held_images  uint8 (50, 3, 32, 32), five others of each class
    held_labels  int64 (50,), which stay outside the sandbox

Each class is a smooth pattern (a few random waves in each colour), each picture its class's pattern plus noise; 128
stands for zero. Kept as bytes, as pictures are, which makes the file a quarter as large.

The file is the same on every run: numpy's PCG64 with a fixed seed, and rounding far coarser than the last bit of a
machine's sine.

Run it as `python assets/skip_connections/make_data.py`.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save

CLASSES, PER_CLASS, SIDE = 10, 5, 32
WAVES, NOISE, SCALE = 3, 0.2, 64
SEED = 20243


def main() -> None:
    """Write the file beside this script, replacing it as a whole."""
    random = np.random.default_rng(SEED)
    patterns = np.stack([_pattern(random) for _ in range(CLASSES)])
    images, labels = _pictures(patterns, random)
    held_images, held_labels = _pictures(patterns, random)
    target = Path(__file__).parent / "data" / "small_images.safetensors"
    target.parent.mkdir(exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(
        save({"images": images, "labels": labels, "held_images": held_images, "held_labels": held_labels})
    )
    partial.replace(target)


def _pictures(patterns: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """PER_CLASS noisy pictures of each pattern, and their classes, in an order drawn once."""
    labels = random.permutation(np.repeat(np.arange(CLASSES), PER_CLASS))
    images = patterns[labels] + NOISE * random.standard_normal((len(labels), 3, SIDE, SIDE))
    return np.clip(np.round(images * SCALE) + 128, 0, 255).astype(np.uint8), labels.astype(np.int64)


def _pattern(random: np.random.Generator) -> np.ndarray:
    """The mean picture of one class, (3, SIDE, SIDE): for each colour a sum of waves of one to three periods."""
    y, x = np.mgrid[:SIDE, :SIDE] * (2 * np.pi / SIDE)
    periods = random.integers(1, 4, size=(3, WAVES, 2, 1, 1))
    phases = random.uniform(0, 2 * np.pi, size=(3, WAVES, 1, 1))
    return np.asarray(np.sin(periods[:, :, 0] * x + periods[:, :, 1] * y + phases).sum(axis=1) / WAVES)


if __name__ == "__main__":
    main()
