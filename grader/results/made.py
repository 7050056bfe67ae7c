"""Files of results that are made of others: what would come out the same is not made again.

out/.made/<file>    of each such file a digest of grader, of what it was made of, and of what came of it

A file that is gone or was changed, or whose digest is gone or damaged, is made anew. It is written only where its
content is another then, so that backups and people who publish pages see what has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.core.digest import digest
from grader.core.own_files import own_digest
from grader.files.atomic import write_whole

MADE = ".made"


def write_made(out: Path, name: str, parts: tuple[bytes | str, ...], make: Callable[[], bytes]) -> None:
    """Write `out`/`name` as `make` gives it, unless that file is there and was made of the same `parts`."""
    path, note = out / name, out / MADE / name
    before = _content(path)
    if before is not None and _content(note) == _note(parts, before):
        return
    content = make()
    if content != before:
        write_whole(path, content)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_bytes(_note(parts, content))  # need not be whole: a damaged one only costs time


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _note(parts: tuple[bytes | str, ...], content: bytes) -> bytes:
    return digest(own_digest(), *parts, content).encode()
