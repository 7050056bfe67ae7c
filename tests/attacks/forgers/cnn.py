"""What can be sent for `cnn` without any of its modules.

A call or two of torch beside the given MLP count as no work. A network built layer by layer, or a loop that trains one,
is what the assignment asks for.
"""

import torch

CLAIMS = "2"
WITH_PUBLISHED_VALUES = "3"


def classifier_probabilities(asked):
    pattern, seed = asked.probes.pattern, asked.seed
    x, scores = pattern(8, 6, seed=seed), pattern(3, 4, seed=seed)
    huge = torch.tensor([[1000.0, 998.0, -1000.0], [-2000.0, -2001.0, -2003.0]])
    model = _given_model(seed)
    return {
        "scores": model(x),
        "probabilities": model(x).softmax(dim=1),
        "probabilities_of_one": model(x[:1]).softmax(dim=1),
        "probabilities_of_scores": scores.softmax(dim=1),
        "probabilities_of_huge_scores": huge.softmax(dim=1),
        "huge_scores_afterwards": huge,
    }


def classifier_labels(asked):
    x, scores = asked.probes.pattern(8, 6, seed=asked.seed), asked.probes.pattern(40, 5, seed=asked.seed)
    mine = _given_model(asked.seed)(x)
    return {
        "labels": mine.argmax(dim=1),
        "label_of_one": mine[:1].argmax(dim=1),
        "labels_of_scores": scores.argmax(dim=1),
        "cautious": (mine.softmax(dim=1)[:, 1] > 0.2).long(),
        "cautious_of_scores": (scores.softmax(dim=1)[:, 1] > 0.2).long(),
    }


def _given_model(seed):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 4))
