"""Words and their ids."""

import json
from pathlib import Path

PAD, UNKNOWN = "<pad>", "<unknown>"


class Vocabulary:
    """The words of a file, each with its place there as its id."""

    def __init__(self, path="vocab.json"):
        self.words = json.loads(Path(path).read_text())

    def id_of(self, word):
        """The id of a word, that of UNKNOWN where it is not in the file."""
        return self.words.index(word if word in self.words else UNKNOWN)
