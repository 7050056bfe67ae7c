"""The files of submissions as they were judged, each content once: what was judged outlives the download.

out/files/<digest>    the bytes of a file, under their SHA-256; which file it is in which submission, reports say

Nothing here is changed or removed, so a run that is ended midway leaves whole files, and a rerun writes only new ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field

from grader.core.errors import UsageError
from grader.files.atomic import write_whole

FILES = "files"

# The SHA-256 of each file, by its path in the submission.
Digests: TypeAlias = Mapping[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """What `keep_files` keeps these under."""
    return {path: _digest(content) for path, content in sorted(files.items())}


def keep_files(out: Path, files: Iterable[bytes]) -> None:
    """Keep what is not there yet, or was cut short. Raises `OSError`."""
    for content in files:
        digest = _digest(content)
        if size_of(out, digest) != len(content):
            write_whole(out / FILES / digest, content)


def size_of(out: Path, digest: str) -> int | None:
    """The size in bytes of the file with this digest, which is not looked into; None where it is not there."""
    path = out / FILES / digest
    return path.stat().st_size if path.is_file() else None


def has_files(out: Path, digests: Iterable[str]) -> bool:
    """Whether all are there; they are not looked into."""
    return all(size_of(out, each) is not None for each in digests)


def read_file(out: Path, digest: str) -> bytes:
    """The file with this digest. Raises `UsageError` where it is not there, or not what was kept."""
    path = out / FILES / digest
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path}: it is not there; grade the submission again to have it back") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); put a copy back") from None
    if _digest(content) != digest:
        raise UsageError(f"{path}: damaged; delete it and grade the submission again")
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
