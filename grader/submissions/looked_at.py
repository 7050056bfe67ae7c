"""What of a folder was read as a submission, and when each file was last saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.core.submission import Submission


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Where a submission was found, and its files, the one that was saved last first."""

    folder: Path
    files: tuple[tuple[str, datetime | None], ...]


def looked_at(folder: Path, submission: Submission) -> LookedAt:
    """Of a submission that was read from `folder`. A copy that counts under another name has no time."""
    home = folder / submission.place
    if home.is_file():  # a notebook
        return LookedAt(home.parent, ((home.name, _saved(home)),))
    files = [(name, _saved(home / name)) for name in submission.files]
    return LookedAt(home, tuple(sorted(files, key=lambda each: (each[1] is None, each[1] and -each[1].timestamp()))))


def _saved(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError:
        return None
