"""What verdicts depend on beside the assignment and the submission: what is installed, and the code that judges."""

from __future__ import annotations

import sys
from functools import cache
from importlib.machinery import PathFinder
from importlib.metadata import distributions
from pathlib import Path

import grader
from grader.core.digest import digest, source_digest
from grader.sandbox.room import shown_by

# The files of grader that make verdicts and their words of what a submission does.
JUDGING = ("checks/*.py", "core/*.py", "worker/*.py", "grading/judge.py")


@cache
def installed() -> str:
    """A digest of the names and versions of the distributions that rooms show."""
    return digest(*installed_versions())


@cache
def installed_versions() -> tuple[str, ...]:
    """The distributions that rooms show, in order, each as "name version"."""
    return tuple(sorted(f"{each.name} {each.version}" for each in distributions(path=_import_folders())))


@cache
def judging() -> str:
    """A digest of grader's own code that judges, which comments and docstrings do not change."""
    root = Path(grader.__file__).parent
    files = sorted(file for place in JUDGING for file in root.glob(place))
    return digest(*(part for file in files
                    for part in (file.relative_to(root).as_posix(), source_digest(file.read_bytes()))))  # fmt: skip


def is_there_now(module: str) -> bool:
    """Whether code in a room can import the top-level module that a verdict says is missing."""
    return bool(module) and "." not in module and PathFinder.find_spec(module, _import_folders()) is not None


@cache
def _import_folders() -> list[str]:
    return [entry for entry in sys.path if entry and shown_by(Path(entry))]
