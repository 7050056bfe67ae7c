"""Draw the figures of the handout into `figures/`, as SVG. Needs matplotlib, which nothing else here does.

    rates.svg      steps down a parabola with four learning rates
    ravine.svg     gradient descent in a ravine, without and with momentum
    batchnorm.svg  what reaches the first ReLU of a network, without and with batch normalisation
    blocks.svg     a plain block and a residual one
    gradients.svg  the norm of the gradient at each layer of a deep plain and a deep residual network

Run it as `python assets/training_tricks/draw_figures.py`.
"""

import sys
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from safetensors.torch import load_file
from torch import Tensor, nn

HERE = Path(__file__).parent
sys.path.append(str(HERE / "../../solutions/training_tricks"))

from hw.experiments import deep_plain, deep_residual  # noqa: E402  found by the line above
from hw.models import CNN_Cifar10, CNNwithBN  # noqa: E402
from hw.momentum import sgd_with_momentum  # noqa: E402

BLUE, ORANGE, GREY = "#2563a8", "#c8611a", "#888888"


def main() -> None:
    """Draw all figures."""
    # The same bytes on every run: no date, and names that do not depend on memory addresses.
    plt.rcParams.update({"svg.hashsalt": "training_tricks", "svg.fonttype": "none", "font.size": 9})
    plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    torch.set_num_threads(1)
    for name, draw in {
        "rates": draw_rates, "ravine": draw_ravine, "batchnorm": draw_batchnorm, "blocks": draw_blocks,
        "gradients": draw_gradients,
    }.items():  # fmt: skip
        draw()
        plt.savefig(HERE / "figures" / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight", transparent=False)
        plt.close()


def draw_rates() -> None:
    """f(w) = w^2 / 2 from w = 2: a gradient step multiplies w by 1 - lr."""
    _, panels = plt.subplots(1, 4, figsize=(8.4, 2.1), sharey=True)
    w = torch.linspace(-2.8, 2.8, 80)
    for panel, rate in zip(panels, (0.05, 0.6, 1.8, 2.2), strict=True):
        path = sgd_with_momentum(lambda at: at, torch.tensor([2.0]), rate, momentum=0.0, steps=4)[:, 0]
        panel.plot(w, w**2 / 2, color=GREY, linewidth=1)
        panel.plot(path, path**2 / 2, "o-", color=BLUE, markersize=3, linewidth=1)
        panel.set(title=f"rate {rate}", xlabel="w", xlim=(-4.6, 4.6), ylim=(-0.2, 4.4))
    panels[0].set_ylabel("loss")


def draw_ravine() -> None:
    """A quadratic that is twenty times as steep along one axis as along the other."""
    steepness, start = torch.tensor([1.0, 20.0]), torch.tensor([-3.0, 0.8])
    x, y = torch.meshgrid(torch.linspace(-3.4, 1.2, 60), torch.linspace(-1.1, 1.1, 60), indexing="xy")
    _, panels = plt.subplots(1, 2, figsize=(8.4, 2.3), sharey=True)
    for panel, momentum, colour in zip(panels, (0.0, 0.8), (BLUE, ORANGE), strict=True):
        path = sgd_with_momentum(lambda at: steepness * at, start, lr=0.04, momentum=momentum, steps=25)
        panel.contour(x, y, (x**2 + 20 * y**2) / 2, levels=8, colors=GREY, linewidths=0.5)
        panel.plot(path[:, 0], path[:, 1], "o-", color=colour, markersize=2.5, linewidth=1)
        panel.plot(0, 0, "x", color="black")
        panel.set(title=f"25 steps, momentum {momentum:g}", xlim=(-3.4, 1.2), ylim=(-1.1, 1.1))


def draw_batchnorm() -> None:
    """Histograms of the values before the first ReLU: eight of its sixteen channels, one line for each."""
    images = _pictures(80)
    torch.manual_seed(0)
    plain = CNN_Cifar10().conv[0](images)
    torch.manual_seed(0)
    normalised = CNNwithBN().conv[:2](images)
    _, panels = plt.subplots(1, 2, figsize=(8.4, 2.2))
    for panel, values, title in zip(panels, (plain, normalised), ("without", "with"), strict=True):
        for channel in range(8):
            part = values[:, channel].detach().flatten()
            low, high = float(part.min()), float(part.max())
            panel.plot(torch.linspace(low, high, 40), part.histc(40) / part.histc(40).max(), linewidth=1)
        panel.axvline(0, color="black", linewidth=0.8, linestyle=":")
        panel.set(title=f"{title} batch normalisation", xlabel="value before the first ReLU", yticks=[])
        panel.set_xlim((-1.5, 1.5) if title == "without" else (-4, 4))


def draw_blocks() -> None:
    """Boxes and arrows, one block above the other."""
    main_path = ["conv1", "bn1", "ReLU", "conv2", "bn2"]
    _, panels = plt.subplots(2, 1, figsize=(7, 1.9), height_ratios=[1, 1.7])
    for panel, title, ends in zip(panels, ("WrongBlock", "CorrectBlock"), (["ReLU"], ["+", "ReLU"]), strict=True):
        _chain(panel, [*main_path, *ends])
        panel.set_title(title, loc="left")
        panel.set(xlim=(-0.2, 9.2), ylim=(-0.5, 0.5))
        panel.axis("off")
    around = {"arrowstyle": "-|>", "color": ORANGE, "connectionstyle": "arc3,rad=-0.2", "linewidth": 1.4}
    panels[1].annotate("", xy=(6.1, 0.2), xytext=(0.1, 0.1), arrowprops=around)
    panels[1].text(3.2, 1.15, "shortcut", color=ORANGE, ha="center")
    panels[1].set_ylim(-0.5, 1.3)


def draw_gradients() -> None:
    """One backward pass through the untrained networks; convolutions beside the path are left out."""
    images = _pictures(80)
    labels = load_file(HERE / "data" / "little_pictures.safetensors")["train_labels"][:80]
    plt.figure(figsize=(5.4, 2.4))
    for name, make, colour in (("plain", deep_plain, BLUE), ("residual", deep_residual, ORANGE)):
        for seed in range(5):
            torch.manual_seed(seed)
            net = make()
            F.cross_entropy(net(images), labels).backward()
            on_the_path = [
                module for place, module in net.named_modules()
                if isinstance(module, nn.Conv2d) and "shortcut" not in place
            ]  # fmt: skip
            norms = [float(module.weight.grad.norm()) for module in on_the_path]
            label = name if seed == 0 else None
            plt.semilogy(range(1, len(norms) + 1), norms, color=colour, linewidth=1, alpha=0.7, label=label)
    plt.xlabel("convolution, from the first to the last")
    plt.ylabel("norm of the gradient")
    plt.legend(frameon=False)


def _pictures(count: int) -> Tensor:
    return load_file(HERE / "data" / "little_pictures.safetensors")["train_images"][:count].permute(0, 3, 1, 2) / 255


def _chain(panel: Axes, names: list[str]) -> None:
    """x, one box for each name, y, and an arrow from each to the next."""
    box = {"boxstyle": "round,pad=0.25", "facecolor": "#f3f3f3", "edgecolor": GREY}
    places = [0.0, *(0.1 + place for place in range(1, len(names) + 1)), len(names) + 0.9]
    for place, name in zip(places, ["x", *names, "y"], strict=True):
        end = name in "xy"
        panel.text(
            place, 0, name, ha="center", va="center", fontsize=9 if end else 8, bbox=None if end else box,
            style="italic" if end else "normal", zorder=3,
        )  # fmt: skip
    for left, right in pairwise(places):
        line = {"arrowstyle": "-|>", "color": "black", "linewidth": 1}
        gap = 0.12 if right == places[-1] else 0.32
        panel.annotate("", xy=(right - gap, 0), xytext=(left + 0.12, 0), arrowprops=line, zorder=1)


if __name__ == "__main__":
    main()
