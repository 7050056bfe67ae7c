"""Draw the handout's figures into the assignment's `figures/`, from the reference solution. Takes about two minutes.

    network.svg    the layers of a residual network and what goes around them
    shattered.svg  gradients of single networks of 20 layers, and the correlation of neighbours by depth

Run it as `python assets/residual_gradients/draw_figures.py`. Needs matplotlib.
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib
import torch
from torch import Tensor

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parents[2]
NAME = "residual_gradients"
sys.path.insert(0, str(ROOT / "assignments" / NAME))
sys.dont_write_bytecode = True
from gradient_figures import neighbour_correlation  # noqa: E402  given to the students, found just above

PLAIN, RESIDUAL, PALE, DARK = "#c0392b", "#1f5fa8", "#8a8f98", "#3d434b"
WIDTH, ITERATIONS = 100, 50
DEPTHS = (2, 3, 4, 5, 6, 7, 8, 10, 13, 20, 30, 50)
LAYERS = ("layer 0\n1 → n", "layer 1\nn → n", "layer 2\nn → n", "layer 3\nn → n", "layer 4\nn → 1")


def main() -> None:
    """Draw all figures."""
    torch.set_num_threads(1)
    plt.rcParams |= {
        "svg.fonttype": "none", "svg.hashsalt": NAME, "font.size": 10, "font.family": "sans-serif",
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "axes.grid": True,
        "grid.color": "#e3e5e8",
    }  # fmt: skip
    folder = ROOT / "assignments" / NAME / "figures"
    folder.mkdir(exist_ok=True)
    for name, figure in {"network": network(), "shattered": shattered(_reference())}.items():
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, facecolor="white")
        plt.close(figure)


def network() -> plt.Figure:
    """Five layers from left to right; skips arch over the inner ones."""
    figure, ax = plt.subplots(figsize=(10, 2.3), layout="constrained")
    ax.set(xlim=(-1.2, 21), ylim=(-1.6, 3.6))
    ax.axis("off")
    ax.text(-0.9, 0, "x", ha="center", va="center")
    ax.plot([-0.6, 19.8], [0, 0], color=DARK, lw=1.3, zorder=0)
    for i, text in enumerate(LAYERS):
        middle = 1.6 + 4.2 * i
        inner = 0 < i < len(LAYERS) - 1
        _arrow(ax, (middle - 1.4, 0), (middle - 0.7, 0))
        ax.text(middle, 0, text, ha="center", va="center",
                bbox={"boxstyle": "round,pad=0.45", "fc": "white", "ec": RESIDUAL if inner else DARK})  # fmt: skip
        if inner:
            start, end = middle - 1.7, middle + 1.9
            ax.plot([start, start, end], [0, 2.2, 2.2], color=RESIDUAL, lw=1.5)
            _arrow(ax, (end, 2.25), (end, 0.45), RESIDUAL)
            ax.text(end, 0, "+", ha="center", va="center",
                    bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": RESIDUAL})  # fmt: skip
            ax.text(middle + 1.15, -0.75, "times β", ha="center", va="center", color=RESIDUAL, fontsize=9)
    _arrow(ax, (19.6, 0), (20, 0))
    ax.text(20.1, 0, "f(x)", ha="left", va="center")
    ax.text(10, 3.1, "skip connections, where as many features come out as go in", ha="center", color=RESIDUAL)
    return figure


def shattered(names: dict[str, Any]) -> plt.Figure:
    """Two gradients as curves, and how alike neighbours are over many networks."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
    points = torch.linspace(-1, 1, 300).unsqueeze(1)
    kinds = ((False, PLAIN, "one plain network, 20 layers"), (True, RESIDUAL, "one residual network, 20 layers"))
    for ax, (skip, colour, title) in zip(axes, kinds, strict=False):
        torch.manual_seed(3)
        gradient = names["compute_gradient_wrt_input"](names["residual1D"](20, WIDTH, 0.25, skip=skip), points)
        ax.plot(points[:, 0], gradient[0], color=colour, lw=1)
        ax.set(title=title, xlabel="x", ylabel="gradient")
    curves = ((False, 0.25, PLAIN, "plain"), (True, 0.25, RESIDUAL, "residual, β = 0.25"),
              (True, 0.1, "#27824a", "residual, β = 0.1"))  # fmt: skip
    for skip, beta, colour, label in curves:
        found = [_correlation(names, depth, beta, skip) for depth in DEPTHS]
        axes[2].semilogx(DEPTHS, found, "o-", color=colour, ms=3, label=label)
    axes[2].axhline(0, color=PALE, ls=":", label="white noise")
    axes[2].set(title="correlation of neighbouring gradients", xlabel="number of layers", ylim=(-0.25, 1))
    axes[2].set_xticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    axes[2].minorticks_off()
    axes[2].legend(frameon=False, loc=(0.5, 0.3), fontsize=9)
    return figure


def _correlation(names: dict[str, Any], depth: int, beta: float, skip: bool) -> float:
    torch.manual_seed(depth)
    points = torch.linspace(-1, 1, 100).unsqueeze(1)
    rows: list[Tensor] = [
        names["compute_gradient_wrt_input"](names["residual1D"](depth, WIDTH, beta, skip=skip), points)
        for _ in range(ITERATIONS)
    ]
    return neighbour_correlation(torch.cat(rows))


def _reference() -> dict[str, Any]:
    """What the cells of tasks 1 and 2 of the reference notebook define."""
    notebook = json.loads((ROOT / "solutions" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["id"] in ("imports", "task-1-code", "task-2-code"):
            source = cell["source"]
            exec("".join(source), names)  # noqa: S102  our own reference
    return names


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = DARK) -> None:
    style = {"arrowstyle": "-|>", "color": colour, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=style)


if __name__ == "__main__":
    main()
