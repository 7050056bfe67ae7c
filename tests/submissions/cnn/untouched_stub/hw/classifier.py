"""Classifiers: a model that gives class scores, with probabilities and labels worked out from them."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Classifier(nn.Module, ABC):
    """Wraps a model that maps N samples to scores of shape (N, C); subclasses say how a label is chosen."""

    def __init__(self, model: nn.Module) -> None:
        """Wrap `model`, whose parameters become the classifier's."""
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """Return the model's raw class scores: (N, ...) -> (N, C)."""
        raise NotImplementedError("apply the wrapped model")

    def predict_proba(self, x: Tensor) -> Tensor:
        """Return the class probabilities of samples: (N, ...) -> (N, C), each row summing to 1."""
        raise NotImplementedError("turn the samples' scores into probabilities")

    def predict_proba_scores(self, scores: Tensor) -> Tensor:
        """Return the class probabilities that belong to scores: the softmax of each row, (N, C) -> (N, C)."""
        raise NotImplementedError("apply softmax over the classes")

    def classify(self, x: Tensor) -> Tensor:
        """Return one label for each sample: (N, ...) -> (N,), whole numbers from 0 to C - 1."""
        raise NotImplementedError("choose labels from the samples' probabilities")

    def classify_scores(self, scores: Tensor) -> Tensor:
        """Return one label for each row of scores: (N, C) -> (N,)."""
        raise NotImplementedError("choose labels from the scores' probabilities")

    @abstractmethod
    def _classify(self, probabilities: Tensor) -> Tensor:
        """Choose one label for each row of probabilities: (N, C) -> (N,)."""


class ArgMaxClassifier(Classifier):
    """Chooses the class of highest probability."""

    def _classify(self, probabilities: Tensor) -> Tensor:
        """Return the index of the largest probability in each row: (N, C) -> (N,), int64."""
        raise NotImplementedError("take the index of the largest probability")
