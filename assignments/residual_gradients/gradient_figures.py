"""Statistics and figures of gradients, given with the assignment. Nothing here is for you to change.

An array has one row for each network (or each draw of noise) and one column for each point; NumPy arrays and torch
tensors will do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def compute_correlation(array: ArrayLike) -> tuple[Floats, Floats]:
    """The correlation matrix of the columns and its first column, the autocorrelation.

    Args:
        array: shape (rows, points), at least two rows.

    Returns the matrix, shape (points, points), and the autocorrelation, shape (points,): entry k is the correlation
    of the first point with the one k places further on. A column whose values are all the same has no correlation with
    anything: its entries are 0. Raises `ValueError` for another shape.
    """
    values = _table(array)
    centred = values - values.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    constant = lengths <= 1e-12 * np.abs(values).max(initial=0.0)
    scaled = centred / np.where(constant, np.inf, lengths)
    correlation = scaled.T @ scaled
    return correlation, correlation[:, 0]


def neighbour_correlation(array: ArrayLike) -> float:
    """How alike the values at neighbouring points are: 1 means equal up to scale, white noise gives about 0.

    Each row is first divided by its length, so that one network with huge gradients does not outweigh all others. The
    result is the mean of the correlations of points 0 and 1, 1 and 2, and so on. `array` has shape (rows, points), at
    least two of each.
    """
    values = _table(array)
    lengths = np.sqrt((values**2).sum(axis=1, keepdims=True))
    correlation, _ = compute_correlation(values / np.where(lengths == 0, 1.0, lengths))
    return float(np.diagonal(correlation, offset=1).mean())


def visualize_white_noise(
    num_vars: int, num_samples: int, figsize: tuple[float, float], color: str, seed: int = 0
) -> None:
    """Draw what `visualize_gradients` draws, for white noise: independent values from N(0, 1).

    Args:
        num_vars: the number of points.
        num_samples: the number of rows, to be compared with as many networks.
        figsize: width and height in inches.
        color: of the curves, a name that matplotlib knows.
        seed: of a generator of its own; torch's and NumPy's are not touched.
    """
    noise = np.random.default_rng(seed).standard_normal((num_samples, num_vars))
    _draw("white noise", noise, noise.mean(axis=0), figsize, color)


def visualize_gradients(
    gradients: ArrayLike, mean: ArrayLike, figsize: tuple[float, float], color: str, name: str, depth: int
) -> None:
    """Draw the mean, the autocorrelation and the correlation matrix of the gradients of many networks.

    Args:
        gradients: shape (networks, points).
        mean: shape (points,), the mean over the networks.
        figsize: width and height in inches.
        color: of the curves, a name that matplotlib knows.
        name: what to call the networks in the title.
        depth: their number of layers, for the title.

    Raises `ValueError` where the shapes do not fit.
    """
    _draw(f"{name}, {depth} layers", _table(gradients), np.asarray(mean, dtype=np.float64), figsize, color)


def _table(array: ArrayLike) -> Floats:
    values = np.asarray(array, dtype=np.float64)
    if values.ndim != 2 or len(values) < 2:
        raise ValueError(f"an array of shape {values.shape}: it needs two axes, and at least two rows to compare")
    return values


def _draw(title: str, values: Floats, mean: Floats, figsize: tuple[float, float], color: str) -> None:
    if mean.shape != values.shape[1:]:
        raise ValueError(f"the mean has shape {mean.shape}, expected {values.shape[1:]}: one value for each point")
    import matplotlib.pyplot as plt  # here, because nothing is drawn while grading and the import takes a second

    correlation, autocorrelation = compute_correlation(values)
    points = np.arange(values.shape[1])
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=figsize, layout="constrained")
    figure.suptitle(f"{title} (neighbours correlate with {neighbour_correlation(values):.2f})")
    _curve(left, points, mean, color, "mean", "point")
    _curve(middle, points, autocorrelation, color, "autocorrelation of the first point", "points further on")
    middle.set_ylim(-1.05, 1.05)
    shown = right.imshow(correlation, cmap="RdBu_r", vmin=-1, vmax=1)
    right.set(title="correlation matrix", xlabel="point", ylabel="point")
    figure.colorbar(shown, ax=right)
    plt.show()


def _curve(axes: Any, points: NDArray[np.int_], values: Floats, color: str, title: str, label: str) -> None:
    axes.axhline(0, color="0.8", linewidth=1)
    axes.plot(points, values, color=color)
    axes.set(title=title, xlabel=label)
