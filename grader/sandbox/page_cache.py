"""Forgets which pages of the files that every room shows are in memory.

Student code chooses them by what it reads, and code that runs later can tell them by how long reading takes: so a
hidden check could write down its inputs for a public check of a later run. Pages that a process has mapped stay.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

DROP_CACHES = Path("/proc/sys/vm/drop_caches")
FILES_AND_NAMES = b"3"
ONLY_TO_ADVISE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def evict(shown: Sequence[Path]) -> str:
    """Have the kernel forget what it holds in memory of the files at and below the paths `shown`; say what was done.

    As root of everything on the machine, which takes less time and covers names too: whether one was looked up before
    can be told as well. Else file by file, in a second or two of processor time for 200,000 of them; what may not be
    opened is passed over, as student code cannot open it either.
    """
    if _drop_everything():
        return "all files"
    return f"{sum(map(_evict, _files(shown))):,} files that rooms show"


def _drop_everything() -> bool:
    try:
        descriptor = os.open(DROP_CACHES, os.O_WRONLY)
    except OSError:  # not root, or in a container
        return False
    try:
        return os.write(descriptor, FILES_AND_NAMES) == len(FILES_AND_NAMES)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _evict(path: str) -> bool:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, ONLY_TO_ADVISE)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            return True
        finally:
            os.close(descriptor)
    return False


def _files(shown: Sequence[Path]) -> Iterator[str]:
    """Paths as text: to make a `Path` of each would take as long as all the rest."""
    yield from (str(path) for path in shown if path.is_file())
    folders = [str(path) for path in shown if path.is_dir()]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry.path
