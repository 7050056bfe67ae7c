"""Draw the handout's figures into its folder `figures/`. Needs matplotlib; takes a few seconds.

    network.svg  the network of task 1.4
    linear.svg   gradient violins of that network without activations, with the reference's `build_model`

Run it as `python assets/vanishing_gradients/draw_figures.py`.
"""

import sys
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import torch
from torch import nn

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

REPOSITORY = Path(__file__).resolve().parents[2]
ASSIGNMENT = REPOSITORY / "assignments/vanishing_gradients"
REFERENCE = REPOSITORY / "solutions/vanishing_gradients/vanishing_gradients.ipynb"
sys.path.insert(0, str(ASSIGNMENT))
sys.dont_write_bytecode = True
from gradient_violins import gradient_violins  # noqa: E402  given to the students, found just above

INK, BLUE, PALE = "#3d434b", "#1f5fa8", "#c4c8ce"
COLUMNS = ("input", "hidden", "hidden", "hidden", "output")


def main() -> None:
    """Draw all figures."""
    torch.set_num_threads(1)
    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "vanishing_gradients", "font.family": "sans-serif"}
    (ASSIGNMENT / "figures").mkdir(exist_ok=True)
    for draw in (network, linear):
        figure = draw()
        target = ASSIGNMENT / "figures" / f"{draw.__name__}.svg"
        figure.savefig(target, metadata={"Date": None}, facecolor="white")
        plt.close(figure)


def network() -> Figure:
    """Five columns of two nodes; between two columns all pairs are joined, and hidden nodes apply the activation."""
    figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
    axes.set(xlim=(-0.5, 8.5), ylim=(-1.15, 1.75), aspect="equal")
    axes.axis("off")
    for column, name in enumerate(COLUMNS):
        x, hidden = 2 * column, name == "hidden"
        axes.text(x, 1.4, name, ha="center", color=INK, fontsize=10)
        for y in (-0.6, 0.6):
            if column:
                axes.plot([x - 2, x], [y, 0.6], [x - 2, x], [y, -0.6], color=PALE, linewidth=1.5, zorder=0)
            axes.add_patch(plt.Circle((x, y), 0.36, facecolor="white", edgecolor=BLUE if hidden else INK, linewidth=2))
            axes.text(x, y, "act" if hidden else "", ha="center", va="center", fontsize=9, color=BLUE)
        if column:
            axes.text(x - 1, -1.1, f"Linear {column}", ha="center", color=INK, fontsize=9)
    return figure


def linear() -> Figure:
    """What students see for a network whose activation is the identity."""
    names: dict[str, Any] = {}
    for cell in nbformat.read(REFERENCE, as_version=4).cells:
        if cell.id in ("imports", "task-1-4"):
            exec(cell.source, names)  # noqa: S102  our own notebook
    torch.manual_seed(170)
    return gradient_violins(names["build_model"](nn.Identity()), "identity")


if __name__ == "__main__":
    main()
