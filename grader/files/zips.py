"""Zips that anybody may have made: listed without unpacking, unpacked as a stream with limits, never trusted.

What the directory of a zip says about sizes is used to refuse early and never to allow. Entries are streams of bytes:
nothing here writes a file, so that no name in an archive can become a path.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from grader.core.text import is_hidden

CHUNK = 1 << 16
NAME_CAP = 200  # characters of one part of a name
PATH_CAP = 1000
DEPTH_CAP = 20
RATIO_CAP = 200  # text shrinks to a tenth, a bomb to a thousandth
RATIO_FROM = 4 << 20  # bytes; below, a good ratio harms nobody
PLAIN = re.compile("[ -~]*")
HEADER = struct.Struct("<4s5H3I2H")
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ABSOLUTE, UNSAFE_PATH, SHARED = "an absolute path", "an unsafe path", "it shares its bytes with another entry"
FOUL = {ABSOLUTE, UNSAFE_PATH, SHARED}  # no ordinary program makes these
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
DAMAGES = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, EOFError, struct.error,
           OverflowError, IndexError, OSError)  # fmt: skip
OURS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
# Windows knows none of the last three.
ONLY_TO_READ = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))
IMPOSTORS = {b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7z archive", b"\x1f\x8b": "a gzip file",
             b"BZh": "a bzip2 file", b"\xfd7zXZ": "an xz file", b"%PDF": "a PDF"}  # fmt: skip


class Unsafe(Exception):
    """Not to be opened until a person has looked at it; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One entry of a zip: its name, where its bytes are, and why it must not be unpacked, if so.

    `offset`, `packed` and `size` are bytes, as the archive's directory claims.
    """

    archive: Path
    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    is_folder: bool
    problem: str | None = None

    def chunks(self, cap: int) -> Iterator[bytes]:
        """The bytes, unpacked in pieces. Raises `Unsafe` once they are more than `cap`, or not what was packed."""
        if self.problem:
            raise Unsafe(self.problem)
        size = crc = 0
        with open_regular(self.archive) as file:
            for piece in within_limits(_unpacked(_blocks(file, self), self.method), cap):
                size += len(piece)
                crc = zlib.crc32(piece, crc)
                yield piece
        if (size, crc) != (self.size, self.crc):
            raise Unsafe("damaged: it does not hold what the archive's directory says")


def list_zip(archive: Path, *, directory_cap: int) -> list[Packed]:
    """The entries of a zip, in its order. `directory_cap` is the most bytes that its directory may have.

    Raises `Unsafe` where it is not a zip, is damaged, or lists more than that; `OSError` where the file cannot be read.
    """
    with open_regular(archive) as file:
        head = file.read(8)
        if not head:
            raise Unsafe("it is empty (0 bytes)")
        try:
            with zipfile.ZipFile(Bounded(file, directory_cap)) as listing:
                infos, end = listing.infolist(), listing.start_dir
        except DAMAGES as error:
            if isinstance(error, OSError) and is_ours(error):
                raise
            raise Unsafe(_what_else(head)) from None
    return _without_overlaps([_packed(archive, info, end) for info in infos if info.orig_filename != "./"], end)


def within_limits(pieces: Iterable[tuple[bytes, int]], cap: int) -> Iterator[bytes]:
    """The pieces, each of which comes with how many packed bytes were read so far.

    Raises `Unsafe` once they are more than `cap`, or than honest files unpack to.
    """
    size = 0
    for piece, read in pieces:
        size += len(piece)
        if size > cap:
            raise Unsafe(f"too large: more than {cap >> 20} MiB")
        if _bursts(size, read):
            raise Unsafe(f"too large: {size >> 20} MiB and more out of {read >> 10} KiB")
        yield piece


def inflated(blocks: Iterable[bytes], *, window: int) -> Iterator[tuple[bytes, int]]:
    """Pieces of at most `CHUNK` bytes, each with how many packed bytes were read so far.

    `window` is zlib's `wbits`, which tells gzip from bare deflated bytes. Raises `Unsafe` where they are damaged.
    """
    read = 0
    inflater = zlib.decompressobj(window)
    try:
        for block in blocks:
            read += len(block)
            while (block or inflater.unconsumed_tail) and not inflater.eof:
                piece = inflater.decompress(block or inflater.unconsumed_tail, CHUNK)
                block = b""
                yield piece, read
    except zlib.error:
        raise Unsafe("damaged: it cannot be unpacked") from None
    if not inflater.eof or block or inflater.unused_data:
        raise Unsafe("damaged: it is cut short, or goes on after its end")


def name_problem(name: str) -> str | None:
    """Why the path of a file must not be used, or None; a folder's may end in `/`."""
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return ABSOLUTE
    if "\\" in name:
        return "a backslash in its name"
    if any(part in ("", ".", "..") for part in parts):
        return UNSAFE_PATH
    if not PLAIN.fullmatch(name) and any(map(is_hidden, name)):
        return "an invisible or control character in its name"
    if len(name) > PATH_CAP or any(len(part.encode()) > NAME_CAP for part in parts):
        return "a name that is too long"
    if len(parts) > DEPTH_CAP:
        return f"more than {DEPTH_CAP} nested folders"
    if any(part.startswith("-") for part in parts):
        return "a name that begins with `-`"
    if any(part.split(".")[0].rstrip().casefold() in DEVICES for part in parts):
        return "a name that Windows reserves for a device"
    return None


def folded(name: str) -> str:
    """What two names have in common that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_ours(error: OSError) -> bool:
    """Whether the machine has failed, as a full disk does; nothing that a submission holds is the cause."""
    return error.errno in OURS


@contextmanager
def open_regular(path: Path) -> Iterator[io.BufferedReader]:
    """A regular file, opened without following a link and without waiting for a pipe. Raises `Unsafe` or `OSError`."""
    descriptor = os.open(path, ONLY_TO_READ)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unsafe("it is not a regular file")
        yield file


class Bounded(io.RawIOBase):
    """A file for a library to list, which reads what claims to be a directory: at most `cap` bytes at once."""

    def __init__(self, file: io.BufferedReader, cap: int) -> None:
        self._file = file
        self.cap = cap
        self._end = os.fstat(file.fileno()).st_size

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._end - self._file.tell(), 0)
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > self.cap:
            raise Unsafe("it lists too many files")
        return self._file.read(wanted)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _what_else(head: bytes) -> str:
    if head.startswith(b"PK"):
        return "it is damaged or cut short"
    known = [name for magic, name in IMPOSTORS.items() if head.startswith(magic)]
    return f"it is {known[0]}, not a zip" if known else "it is not a zip"


def _packed(archive: Path, info: zipfile.ZipInfo, end: int) -> Packed:
    # `filename` is cut at a NUL; the original is what the archive says.
    name = spelled(_decoded(info.orig_filename, utf8=bool(info.flag_bits & 0x800)))
    return Packed(
        archive,
        name,
        info.header_offset,
        info.compress_size,
        info.file_size,
        info.CRC,
        info.compress_type,
        name.endswith("/"),
        name_problem(name) or _entry_problem(info, end),
    )


def _decoded(name: str, *, utf8: bool) -> str:
    """Archives of macOS have UTF-8 in their names and do not say so."""
    if utf8:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def spelled(name: str) -> str:
    """Windows PowerShell 5 writes backslashes between folders, and bsdtar `./` before everything."""
    name = name if "/" in name else name.replace("\\", "/")
    return name.removeprefix("./")


def _entry_problem(info: zipfile.ZipInfo, end: int) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "neither a file nor a folder"
    if info.flag_bits & 0x2041:
        return "locked with a password"
    if info.compress_type not in METHODS:
        return "packed in a way that only some programs can read; pack it as an ordinary zip"
    if not 0 <= info.header_offset <= end - HEADER.size:
        return "damaged: it lies outside the archive"
    if _bursts(info.file_size, info.compress_size):
        return f"too large: {info.file_size >> 20} MiB out of {info.compress_size >> 10} KiB"
    return None


def _bursts(size: int, packed: int) -> bool:
    return size > RATIO_FROM and size > RATIO_CAP * packed


def _without_overlaps(entries: list[Packed], end: int) -> list[Packed]:
    """Honest archives use each byte once; a bomb lets thousands of entries share the same megabyte."""
    order = sorted(range(len(entries)), key=lambda index: entries[index].offset)
    shared = set()
    reach, reaching = 0, -1
    for index in order:
        entry = entries[index]
        after = entry.offset + HEADER.size + entry.packed
        if after > end:
            shared.add(index)
            continue
        if entry.offset < reach:
            shared |= {index, reaching}
        if after > reach:
            reach, reaching = after, index
    return [
        replace(entry, problem=entry.problem or SHARED) if index in shared else entry
        for index, entry in enumerate(entries)
    ]


def _blocks(file: io.BufferedReader, entry: Packed) -> Iterator[bytes]:
    """The packed bytes of an entry."""
    file.seek(entry.offset)
    header = file.read(HEADER.size)
    if len(header) < HEADER.size or not header.startswith(b"PK\3\4"):
        raise Unsafe("damaged: nothing begins where the archive's directory says")
    *_, name, extra = HEADER.unpack(header)
    file.seek(name + extra, os.SEEK_CUR)
    left = entry.packed
    while left:
        block = file.read(min(CHUNK, left))
        if not block:
            raise Unsafe("damaged: it is cut short")
        left -= len(block)
        yield block


def _unpacked(blocks: Iterator[bytes], method: int) -> Iterator[tuple[bytes, int]]:
    if method == zipfile.ZIP_DEFLATED:
        yield from inflated(blocks, window=-zlib.MAX_WBITS)
        return
    read = 0
    for block in blocks:
        read += len(block)
        yield block, read
