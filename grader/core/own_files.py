"""The files of grader, as they are: a version says less while somebody works on the code."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

from grader.core.digest import digest

OURS = Path(__file__).parents[1]


def digest_of_files(files: Iterable[Path]) -> str:
    """Changes with the name and the content of any of the files. Nothing of them is kept. Raises `OSError`."""
    parts: list[str] = []
    for path in files:
        with path.open("rb") as file:
            parts += (str(path), hashlib.file_digest(file, "sha256").hexdigest())
    return digest(*parts)


@functools.cache
def own_digest() -> str:
    """Changes with any file of grader."""
    return digest_of_files(sorted(path for path in OURS.rglob("*.*") if path.suffix != ".pyc" and path.is_file()))
