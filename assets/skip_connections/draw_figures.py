"""Draw the handout's figures into `figures/`, from the reference solution. Needs matplotlib; takes about two minutes.

    blocks.svg      the four blocks as diagrams
    gradients.svg   the size of the gradient at each layer of 20 blocks, plain and residual
    training.svg    losses of plain and residual networks of 2 and of 20 blocks
    resuming.svg    losses of a run that is stopped and resumed, with and without the states of the generators

Run it as `python assets/skip_connections/draw_figures.py`.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib
import torch
from torch import nn
from torch.utils.data import TensorDataset

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "solutions/skip_connections"))
sys.dont_write_bytecode = True
from hw.blocks import ConvBlock, ResBlock  # noqa: E402  from the reference solution, found just above
from hw.experiment import small_pictures  # noqa: E402
from hw.network import Deep_CNN, gradient_norms  # noqa: E402
from hw.trainer import ModelTrainer  # noqa: E402

PLAIN, RESIDUAL, PALE = "#c0392b", "#1f5fa8", "#8a8f98"
COLOURS = {ConvBlock: PLAIN, ResBlock: RESIDUAL}
WIDTH, DEPTH = 16, 20
STEPS = ("relu", "conv1", "bn1, relu", "conv2")
STARTS = {"ResBlock": 11.3, "ResDownBlock": 8.6, "SkipBlock": 6.0}  # how high up each skip begins


def main() -> None:
    """Draw all figures."""
    torch.set_num_threads(1)
    plt.rcParams |= {
        "svg.fonttype": "none", "svg.hashsalt": "skip_connections", "font.size": 10, "font.family": "sans-serif",
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "axes.grid": True,
        "grid.color": "#e3e5e8",
    }  # fmt: skip
    (HERE / "figures").mkdir(exist_ok=True)
    for draw in (blocks, gradients, training, resuming):
        figure = draw()
        figure.savefig(HERE / "figures" / f"{draw.__name__}.svg", metadata={"Date": None}, facecolor="white")
        plt.close(figure)


def blocks() -> plt.Figure:
    """The four blocks, from top to bottom, each with its skip at the right."""
    figure, axes = plt.subplots(1, 4, figsize=(10, 4.2), layout="constrained")
    for ax, name in zip(axes, ("ConvBlock", *STARTS), strict=True):
        ax.set(xlim=(0, 10), ylim=(-2.2, 12.4))
        ax.axis("off")
        ax.set_title(name, fontweight="bold", color=PLAIN if name == "ConvBlock" else RESIDUAL)
        _arrow(ax, (3.2, 11.9), (3.2, 10.6))
        ax.text(2.6, 11.4, "x", ha="right")
        for i, step in enumerate(STEPS):
            y = 9.9 - 2.6 * i
            _box(ax, 3.2, y, step)
            below = y - 1.9 if i < 3 else (0.6 if name in STARTS else -1.9)
            _arrow(ax, (3.2, y - 0.7), (3.2, below))
        if name in STARTS:
            top = STARTS[name]
            ax.plot([3.2, 8, 8], [top, top, 0], color=RESIDUAL, lw=2)
            _arrow(ax, (8, 0), (4.0, 0), RESIDUAL)
            ax.text(3.2, 0, "cat" if name == "SkipBlock" else "+", ha="center", va="center", fontsize=11,
                    bbox={"boxstyle": "circle", "fc": "white", "ec": RESIDUAL, "lw": 2})  # fmt: skip
            _arrow(ax, (3.2, -0.8), (3.2, -1.9))
        if name == "ResDownBlock":
            _box(ax, 8, 4.7, "conv3", RESIDUAL)
    return figure


def gradients() -> plt.Figure:
    """The norm of the gradient at each convolution, in evaluation and in training mode."""
    pictures, labels = small_pictures()[0].tensors
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    titles = ("without normalisation (evaluation mode, untrained)", "with batch normalisation (training mode)")
    for ax, mode, title in zip(axes, (False, True), titles, strict=True):
        for block, name in ((ConvBlock, "20 ConvBlocks"), (ResBlock, "20 ResBlocks")):
            for seed in range(5):
                torch.manual_seed(seed)
                net = Deep_CNN(3, DEPTH, WIDTH, block).train(mode)
                norms = gradient_norms(net, pictures[:20], labels[:20], nn.CrossEntropyLoss())
                ax.semilogy(range(1, len(norms) + 1), norms, color=COLOURS[block], lw=1.2, alpha=0.7,
                            label=name if seed == 0 else None)  # fmt: skip
        ax.set(title=title, xlabel="layer, from the first to the last")
    axes[0].set_ylabel("norm of the gradient of its weights")
    axes[0].legend(frameon=False)
    return figure


def training() -> plt.Figure:
    """The mean loss of every epoch for 2 and 20 blocks."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
    train, test = small_pictures()
    for ax, depth in zip(axes, (2, DEPTH), strict=True):
        for block, name in ((ConvBlock, "ConvBlock"), (ResBlock, "ResBlock")):
            torch.manual_seed(0)
            trainer = _trainer(Deep_CNN(3, depth, WIDTH, block), train, test)
            for _ in range(5):
                trainer.train_model()
            losses = torch.tensor(trainer.train_loss_logger).unfold(0, 5, 5).mean(1)
            ax.plot([5 * (i + 1) for i in range(len(losses))], losses, color=COLOURS[block], label=name)
        ax.axhline(torch.log(torch.tensor(10.0)), color=PALE, ls=":", label="guessing")
        ax.set(title=f"{depth} blocks", xlabel="batch", ylim=(0, 3.2))
    axes[0].set_ylabel("loss (means of 5 batches)")
    axes[0].legend(frameon=False)
    return figure


def resuming() -> plt.Figure:
    """A run of six epochs, resumed after the third: exactly, and with generators that begin anew."""
    train = TensorDataset(*(part[:100] for part in small_pictures()[0].tensors))
    figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        whole = _trainer(Deep_CNN(3, 2, WIDTH, ResBlock), train, train, folder=folder)
        for epoch in range(6):
            whole.train_model()
            if epoch == 2:
                whole.save_checkpoint(epoch, 0.5)
        resumed = {}
        for name in ("exact", "forgetful"):
            torch.manual_seed(1)
            resumed[name] = _trainer(Deep_CNN(3, 2, WIDTH, ResBlock), train, train, folder=folder, resume=True)
            if name == "forgetful":
                resumed[name].shuffler.manual_seed(0)
                torch.manual_seed(1)
            for _ in range(3):
                resumed[name].train_model()
    batches = range(1, len(whole.train_loss_logger) + 1)
    ax.plot(batches, whole.train_loss_logger, color=PALE, lw=5, alpha=0.5, label="never stopped")
    ax.plot(batches[15:], resumed["exact"].train_loss_logger[15:], color=RESIDUAL, label="resumed, everything saved")
    ax.plot(batches[15:], resumed["forgetful"].train_loss_logger[15:], color=PLAIN, ls="--",
            label="resumed, generators begin anew")  # fmt: skip
    ax.axvline(15.5, color=PALE, ls=":")
    ax.set(xlabel="batch", ylabel="loss")
    ax.legend(frameon=False)
    return figure


def _trainer(model: nn.Module, train: TensorDataset, test: TensorDataset, **options: object) -> ModelTrainer:
    resume = bool(options.get("resume"))
    trainer = ModelTrainer(
        model, "cpu", nn.CrossEntropyLoss(), 20, 1e-3, str(options.get("folder", "nowhere")), "net", resume,
        verbose=False,
    )  # fmt: skip
    trainer.set_data(train_set=train, test_set=test, val_set=test)
    return trainer


def _box(ax: Axes, x: float, y: float, text: str, colour: str = "#3d434b") -> None:
    ax.text(x, y, text, ha="center", va="center", bbox={"boxstyle": "round,pad=0.4", "fc": "white", "ec": colour})


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = "#3d434b") -> None:
    ax.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.5, "shrinkA": 0, "shrinkB": 0},
    )


if __name__ == "__main__":
    main()
