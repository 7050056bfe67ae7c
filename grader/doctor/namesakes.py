"""Other programs called `grader`: one has been on PyPI since 2012, and any student may give a file this name."""

from __future__ import annotations

import importlib.metadata
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from grader.core.version import DISTRIBUTION

PACKAGE = Path(__file__).resolve().parent.parent
OURS = "core/version.py"  # which only this grader has


def namesakes(folder: Path) -> list[str]:
    """What Python started in `folder` may import instead of this grader, each in one sentence; runs none of it."""
    found = []
    try:
        installed = importlib.metadata.version("grader")
        found.append(
            f"another distribution called grader ({installed}) is installed; run `pip uninstall grader`, then "
            f"`pip install --force-reinstall --no-deps {DISTRIBUTION}`: they write to the same folder"
        )
    except importlib.metadata.PackageNotFoundError:
        pass
    # A notebook's kernel and `python -m pytest` look there first.
    spec = PathFinder.find_spec("grader", [str(folder), *sys.path])
    if spec and spec.origin:
        place = Path(spec.origin).resolve()
        if place.parent != PACKAGE and not (place.parent / OURS).is_file():
            found.append(
                f"{place}: Python started here imports it instead of this grader; rename it, or start elsewhere"
            )
    return found
