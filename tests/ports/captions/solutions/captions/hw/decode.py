"""The next word, by the words and the weights that you submit."""

from pathlib import Path

import torch
from toolkit.lists import read_list

HERE = Path(__file__).parent


def vocabulary():
    """The words that the weights are for, in their order."""
    return read_list(HERE / "words.json")


def scores_of(words):
    """Scores (words, vocabulary) of what follows each word."""
    # BEGIN SOLUTION
    # STUB: return None
    table = torch.load(HERE / "weights/best.pt", weights_only=True)["table"]
    known = vocabulary()
    return table[[known.index(word) for word in words]]
    # END SOLUTION
