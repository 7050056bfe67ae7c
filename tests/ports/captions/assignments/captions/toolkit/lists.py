"""Lists in files."""

import json
from pathlib import Path

WORDS = ("a", "dog", "runs", "home")


def read_list(path):
    """The texts of a JSON file."""
    return [str(each) for each in json.loads(Path(path).read_text())]
