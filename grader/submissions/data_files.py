"""Data submitted with the code, such as a vocabulary or weights: what goes along into the room. All limits are here."""

from __future__ import annotations

import re

SUFFIXES = (".json", ".jsonl", ".csv", ".tsv", ".txt", ".yaml", ".yml",
            ".npy", ".npz", ".pt", ".pth", ".pkl", ".safetensors", ".png", ".jpg", ".jpeg")  # fmt: skip
FILE_CAP = 8 << 20  # bytes of one file
TOTAL_CAP = 16 << 20  # bytes of all of them; every room of the submission holds a copy
ASKED_CAP = 64 << 20  # of those that the assignment asks for, of any kind: one, and all of them


def is_data(name: str) -> bool:
    """Whether a file of that name is data that may go along."""
    return name.lower().endswith(SUFFIXES)


def names_in(code: bytes) -> set[str]:
    """The names of data files that stand in a text, without the folders before them."""
    return {name for name in map(bytes.decode, set(re.findall(rb"[\w.-]+", code))) if is_data(name)}
