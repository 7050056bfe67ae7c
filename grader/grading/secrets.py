"""Every path that a command reads or writes and that no room may show.

Imports nothing that loads torch, so that a teacher's mistake is reported at once, and before anything is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.assignment.manifest import read_manifest


def secrets_of(assignment: Path | None, *others: Path | None) -> list[Path]:
    """All that an assignment has, and the `others`: submissions, results, lists of people. None is an option not given.

    For `refuse_shown`. Raises `AuthorError`.
    """
    return [*(_of_assignment(assignment) if assignment else ()), *(path for path in others if path)]


def _of_assignment(folder: Path) -> Iterator[Path]:
    """Its folders, and of those that hold secrets each file too, as it may be a link to elsewhere."""
    manifest = read_manifest(folder)
    assets = folder / manifest.assets
    yield from (folder, *folder.glob("*checks.py"), assets)
    for holder in (assets / "expected", assets / "secret", assets / "data"):
        yield from (holder, *holder.glob("*"))
    if manifest.reference:
        yield folder / manifest.reference
