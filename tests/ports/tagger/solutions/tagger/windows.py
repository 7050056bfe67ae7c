"""Windows of words around each word of a sentence."""

import torch
from helpers.vocabulary import PAD, Vocabulary


def windows_of(words, size):
    """Row i has the ids of the words i - size to i + size; beyond both ends, of PAD."""
    # BEGIN SOLUTION: pad the words, look them up, and cut the windows
    vocabulary = Vocabulary()
    ids = [vocabulary.id_of(word) for word in [PAD] * size + list(words) + [PAD] * size]
    rows = [ids[i : i + 2 * size + 1] for i in range(len(words))]
    return torch.tensor(rows, dtype=torch.int64).reshape(len(words), 2 * size + 1)
    # END SOLUTION
