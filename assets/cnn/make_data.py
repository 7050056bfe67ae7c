"""Make `data/tiny_images.safetensors`: 50 small images of 10 classes that a small network can learn by heart.

    images  float32 (50, 3, 32, 32), zero mean in each channel of each image, within [-1, 1]
    labels  int64 (50,), five of each class, in an order drawn once

Each class is a smooth pattern (a few random waves in each colour), each image its class's pattern plus noise. Centred
on purpose: on raw images in [0, 1] a correct network with a high learning rate often dies in the first steps, and a
check that is a coin flip fails correct solutions.

The bytes are the same on every run: numpy's PCG64 with a fixed seed, and values rounded to multiples of 1/1024, so that
the last bit of a machine's sine does not reach the file.

Run it as `python assets/cnn/make_data.py`.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save

CLASSES, PER_CLASS, SIDE = 10, 5, 32
WAVES, NOISE = 3, 0.15
SEED = 20240


def main() -> None:
    """Write the file beside this script, replacing it as a whole."""
    target = Path(__file__).parent / "data" / "tiny_images.safetensors"
    target.parent.mkdir(exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(save(_tiny_images(np.random.default_rng(SEED))))
    partial.replace(target)


def _tiny_images(random: np.random.Generator) -> dict[str, np.ndarray]:
    labels = random.permutation(np.repeat(np.arange(CLASSES), PER_CLASS))
    patterns = np.stack([_pattern(random) for _ in range(CLASSES)])
    images = patterns[labels] + NOISE * random.standard_normal((len(labels), 3, SIDE, SIDE))
    images -= images.mean(axis=(2, 3), keepdims=True)
    images /= np.abs(images).max()
    rounded = np.round(images * 1024) / 1024
    return {"images": rounded.astype(np.float32), "labels": labels.astype(np.int64)}


def _pattern(random: np.random.Generator) -> np.ndarray:
    """The mean image of one class, (3, SIDE, SIDE): for each colour a sum of waves of one to three periods."""
    y, x = np.mgrid[:SIDE, :SIDE] * (2 * np.pi / SIDE)
    periods = random.integers(1, 4, size=(3, WAVES, 2, 1, 1))
    phases = random.uniform(0, 2 * np.pi, size=(3, WAVES, 1, 1))
    return np.asarray(np.sin(periods[:, :, 0] * x + periods[:, :, 1] * y + phases).sum(axis=1) / WAVES)


if __name__ == "__main__":
    main()
