"""Tars that anybody may have made, gzipped or not: listed and read within the limits of zips, and never trusted.

They have no directory: the headers are spread over the file, so a gzipped one is unpacked to a plain one first. Nothing
here writes a file, so that no name in an archive can become a path.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from grader.files.zips import (
    CHUNK,
    DAMAGES,
    Bounded,
    Unsafe,
    inflated,
    is_ours,
    name_problem,
    open_regular,
    spelled,
    within_limits,
)

GZIP = b"\x1f\x8b"
GZIP_WINDOW = 16 + zlib.MAX_WBITS
DAMAGED = "it is damaged or cut short, or it is not a tar"


@dataclass(frozen=True, slots=True)
class TarEntry:
    """One entry of a plain tar: its name, where its bytes are, and why it must not be read, if so. In bytes."""

    archive: Path
    name: str
    offset: int
    size: int
    is_folder: bool
    problem: str | None = None

    def chunks(self, cap: int) -> Iterator[bytes]:
        """The bytes, in pieces. Raises `Unsafe` where they are more than `cap`."""
        if self.problem:
            raise Unsafe(self.problem)
        with open_regular(self.archive) as file:
            file.seek(self.offset)
            yield from within_limits(_pieces(file, self.size), cap)


def plain_tar(blocks: Iterable[bytes], cap: int) -> Iterator[bytes]:
    """The bytes of a tar, unpacked if it is gzipped. Raises `Unsafe` where they are too many, or damaged."""
    blocks = iter(blocks)
    first = next(blocks, b"")
    whole = chain([first], blocks)
    if first.startswith(GZIP):
        yield from within_limits(inflated(whole, window=GZIP_WINDOW), cap)
    else:
        yield from whole


def list_tar(archive: Path, *, directory_cap: int) -> list[TarEntry]:
    """The entries of a plain tar, in its order. `directory_cap` is the most bytes that all its headers may have.

    Raises `Unsafe` where it is not a tar, is damaged, or lists more than that; `OSError` where the file cannot be read.
    """
    entries: list[TarEntry] = []
    reach = 0
    with open_regular(archive) as file:
        try:
            with tarfile.open(fileobj=_Counted(file, directory_cap), mode="r:") as listing:
                for info in listing:
                    if info.size < 0 or info.offset_data <= reach:
                        raise Unsafe(DAMAGED)
                    reach = info.offset_data
                    entries.append(_entry(archive, info))
                ended = listing.offset
            file.seek(ended)
            trailer = file.read(tarfile.BLOCKSIZE)
        except (*DAMAGES, tarfile.TarError, RecursionError, KeyError, TypeError) as error:
            if isinstance(error, OSError) and is_ours(error):
                raise
            raise Unsafe(DAMAGED) from None
    if trailer != bytes(tarfile.BLOCKSIZE):  # `tarfile` takes a spoilt header for the end, too
        raise Unsafe(DAMAGED)
    return [entry for entry in entries if entry.name not in ("", ".")]


class _Counted(Bounded):
    """Counts all that is read: headers may be followed by names as long as they claim to be, again and again."""

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.cap -= len(content)
        return content


def _entry(archive: Path, info: tarfile.TarInfo) -> TarEntry:
    name = spelled(info.name)
    problem = name_problem(name) or _entry_problem(info)
    return TarEntry(archive, name, info.offset_data, info.size, info.isdir(), problem)


def _entry_problem(info: tarfile.TarInfo) -> str | None:
    if info.issym() or info.islnk():
        return "a link"
    if not info.isreg() and not info.isdir():
        return "neither a file nor a folder"
    if info.issparse():
        return "packed in a way that only some programs can read; pack it as an ordinary zip"
    return None


def _pieces(file: io.BufferedReader, left: int) -> Iterator[tuple[bytes, int]]:
    """The next bytes of a file, each piece with how many were read so far."""
    read = 0
    while read < left:
        piece = file.read(min(CHUNK, left - read))
        if not piece:
            raise Unsafe("damaged: it is cut short")
        read += len(piece)
        yield piece, read
