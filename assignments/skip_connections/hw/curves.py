"""Draw what a trainer has noted. Given and complete; needs matplotlib, which no check does."""

from pathlib import Path

from .trainer import ModelTrainer


def draw_curves(trainer: ModelTrainer, target: Path) -> None:
    """Draw the loss of every batch and the accuracies of every epoch into one picture, by epochs, and save it."""
    import matplotlib.pyplot as plt

    epochs = max(len(trainer.val_acc_logger), 1)
    per_epoch = max(len(trainer.train_loss_logger) / epochs, 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    left.plot([(i + 1) / per_epoch for i in range(len(trainer.train_loss_logger))], trainer.train_loss_logger)
    left.set(xlabel="epoch", ylabel="loss of each batch", yscale="log")
    for name, values in (("training", trainer.train_acc_logger), ("validation", trainer.val_acc_logger)):
        right.plot(range(1, len(values) + 1), values, marker=".", label=name)
    right.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02))
    right.legend()
    figure.savefig(target)
    plt.close(figure)
