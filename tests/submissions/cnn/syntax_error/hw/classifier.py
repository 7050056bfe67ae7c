"""Scores, probabilities and labels, in few words."""

import torch
import torch.nn.functional as F
from torch import nn


class Classifier(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.net = model

    def forward(self, x):
        return self.net(x)

    def predict_proba(self, x):
        return F.softmax(self(x), dim=-1)

    def predict_proba_scores(self, scores):
        return F.softmax(scores, dim=-1)

    def classify(self, x):
        return self._classify(self.predict_proba(x))

    def classify_scores(self, scores):
        return self._classify(self.predict_proba_scores(scores))

    def _classify(self, probabilities):
        raise NotImplementedError


class ArgMaxClassifier(Classifier):
    def _classify(self, probabilities):
        return torch.max(probabilities, dim=-1).indices.int()
