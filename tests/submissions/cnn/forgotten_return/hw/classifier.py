"""Scores, probabilities and labels."""

from abc import ABC, abstractmethod

from torch import nn


class Classifier(nn.Module, ABC):
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        return self.model(x)

    def predict_proba(self, x):
        return self.predict_proba_scores(self.forward(x))

    def predict_proba_scores(self, scores):
        return self.softmax(scores)

    def classify(self, x):
        return self._classify(self.predict_proba(x))

    def classify_scores(self, scores):
        return self._classify(self.predict_proba_scores(scores))

    @abstractmethod
    def _classify(self, probabilities):
        ...


class ArgMaxClassifier(Classifier):
    def _classify(self, probabilities):
        return probabilities.argmax(dim=1)
