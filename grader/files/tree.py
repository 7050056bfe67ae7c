"""A tree of files that can be looked at without touching them: a folder on disk, or what an archive says it holds."""

from __future__ import annotations

import os
import stat
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from grader.files.tars import TarEntry, list_tar
from grader.files.zips import CHUNK, DEPTH_CAP, Packed, Unsafe, folded, list_zip, name_problem, open_regular

IGNORED = {"__pycache__", "__MACOSX", ".git", ".grader", ".ipynb_checkpoints", ".venv", "venv", ".idea", ".vscode",
           "node_modules", "site-packages", "dist-packages"}  # fmt: skip
# What Python puts beside `pyvenv.cfg` into a virtual environment, whatever that is called.
ENVIRONMENT = {"lib", "lib64", "bin", "include", "share", "Lib", "Scripts", "Include"}
WALKED_CAP = 200_000


class Kind(Enum):
    """What a node of a tree is. `NONE` is what must not be opened: a link, a device, a name that is not a path."""

    FILE = auto()
    FOLDER = auto()
    NONE = auto()


class Node(Protocol):
    """A file or folder by its name in its folder. `problem`: why it must not be opened, if so. `size`: bytes."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def size(self) -> int: ...
    @property
    def problem(self) -> str | None: ...

    def children(self) -> Sequence[Node]:
        """What a folder holds, in order of name. Raises `OSError` where it cannot be listed."""

    def chunks(self, cap: int) -> Iterator[bytes]:
        """The bytes of a file. Raises `Unsafe` where they are more than `cap` or damaged; `OSError`."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A node below a folder on disk."""

    path: Path
    kind: Kind
    size: int = 0
    problem: str | None = None

    @property
    def name(self) -> str:
        """The name of the file, which need not be text."""
        return self.path.name

    def children(self) -> Sequence[OnDisk]:
        """What lies in the folder; no link is followed."""
        with os.scandir(self.path) as entries:
            return [_on_disk(entry) for entry in sorted(entries, key=lambda entry: entry.name)]

    def chunks(self, cap: int) -> Iterator[bytes]:
        """The bytes of the file, opened without following a link."""
        read = 0
        with open_regular(self.path) as file:
            while block := file.read(CHUNK):
                read += len(block)
                if read > cap:
                    raise Unsafe(f"too large: more than {cap >> 20} MiB")
                yield block


@dataclass(frozen=True, slots=True)
class InArchive:
    """A node of a zip or a tar. The tree is whole in memory, its bytes are not."""

    name: str
    kind: Kind
    entry: Packed | TarEntry | None = None
    problem: str | None = None
    below: tuple[InArchive, ...] = ()

    @property
    def size(self) -> int:
        """As the archive claims."""
        return self.entry.size if self.entry else 0

    def children(self) -> Sequence[InArchive]:
        """What the folder holds."""
        return self.below

    def chunks(self, cap: int) -> Iterator[bytes]:
        """The bytes of the file, unpacked as they are asked for."""
        if not self.entry:
            raise Unsafe("it is not a file")
        return self.entry.chunks(cap)


def disk_tree(folder: Path) -> OnDisk:
    """The tree of a folder."""
    return OnDisk(folder, Kind.FOLDER)


def zip_tree(archive: Path, *, directory_cap: int) -> InArchive:
    """The tree of a zip. Each problem is at the node it concerns, or in the last folder that its name has safely.

    Raises `Unsafe` where the zip as a whole cannot be used; `OSError`.
    """
    return _tree(archive, list_zip(archive, directory_cap=directory_cap))


def tar_tree(archive: Path, *, directory_cap: int) -> InArchive:
    """The same of a plain tar."""
    return _tree(archive, list_tar(archive, directory_cap=directory_cap))


def _tree(archive: Path, entries: Iterable[Packed | TarEntry]) -> InArchive:
    root = _Folder()
    for entry in entries:
        root.add(entry)
    return root.frozen(archive.stem, None)


def is_ignored(name: str, beside: Container[str]) -> bool:
    """Whether a folder of that name, in a folder with the names `beside`, is what tools have put there."""
    return name in IGNORED or (name in ENVIRONMENT and "pyvenv.cfg" in beside)


def walk(folder: Node, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """All files below a folder with the parts of their paths, and all that must not be opened.

    What tools leave behind is passed over, and folders that are nested too deep are. Raises `Unsafe` where there are
    too many files.
    """
    walked = 0
    left = [(above, folder)]
    while left:
        place, node = left.pop()
        inner = []
        children = node.children()
        names = {child.name for child in children}
        for child in children:
            parts = (*place, child.name)
            walked += 1
            if walked > WALKED_CAP:
                raise Unsafe(f"more than {WALKED_CAP} files; submit only your own")
            if is_ignored(child.name, names) or child.name.startswith("._"):
                continue
            if child.kind is Kind.FOLDER and not child.problem:
                inner += [(parts, child)] if len(parts) < DEPTH_CAP else []
            else:
                yield parts, child
        left.extend(reversed(inner))


def _on_disk(entry: os.DirEntry[str]) -> OnDisk:
    status = entry.stat(follow_symlinks=False)
    path = Path(entry.path)
    if stat.S_ISLNK(status.st_mode):
        return OnDisk(path, Kind.NONE, problem="it is a link; submit the file itself")
    if stat.S_ISDIR(status.st_mode):
        return OnDisk(path, Kind.FOLDER)
    if stat.S_ISREG(status.st_mode):
        return OnDisk(path, Kind.FILE, status.st_size)
    return OnDisk(path, Kind.NONE, problem="it is not a regular file")


@dataclass(slots=True)
class _Folder:
    """A folder of an archive while its entries come in, in any order."""

    files: dict[str, Packed | TarEntry] = field(default_factory=dict)
    folders: dict[str, _Folder] = field(default_factory=dict)
    strays: dict[str, str] = field(default_factory=dict)  # names that are not a path from here on, and why
    twice: set[str] = field(default_factory=set)

    def add(self, entry: Packed | TarEntry) -> None:
        """Put an entry where its name says, as far as the name is safe."""
        *above, last = entry.name.removesuffix("/").split("/")
        home = self
        unsafe = name_problem(entry.name)
        for index, part in enumerate(above):
            if unsafe and (name_problem(part) or index == DEPTH_CAP):
                home.strays["/".join([*above[index:], last])] = unsafe
                return
            home = home.folders.setdefault(part, _Folder())
        if unsafe:
            home.strays[last] = unsafe
        elif entry.is_folder and not entry.problem:
            home.folders.setdefault(last, _Folder())
        elif last in home.files:
            home.twice.add(last)
        else:
            home.files[last] = entry

    def frozen(self, name: str, problem: str | None) -> InArchive:
        """The finished node. Names that some file system takes for one are a problem of each of them."""
        spelled: dict[str, list[str]] = {}
        for child in (*self.files, *self.folders):
            spelled.setdefault(folded(child), []).append(child)
        twins = {child for names in spelled.values() if len(names) > 1 for child in names} | self.twice
        again = "it is in the archive more than once, or under two spellings of one name"
        below = [
            *(InArchive(child, Kind.NONE if entry.problem or child in twins else Kind.FILE, entry,
                    entry.problem or (again if child in twins else None)) for child, entry in self.files.items()),
            *(child.frozen(called, again if called in twins else None) for called, child in self.folders.items()),
            *(InArchive(stray, Kind.NONE, problem=why) for stray, why in self.strays.items()),
        ]  # fmt: skip
        return InArchive(name, Kind.FOLDER, problem=problem, below=tuple(sorted(below, key=lambda node: node.name)))


def newest_file_time(folder: Path) -> datetime | None:
    """When the newest file below `folder` was last changed; None where there is none. Links are not followed."""
    newest: float | None = None
    for place, _, names in os.walk(folder):
        for name in names:
            status = (Path(place) / name).lstat()
            if stat.S_ISREG(status.st_mode) and (newest is None or status.st_mtime > newest):
                newest = status.st_mtime
    return None if newest is None else datetime.fromtimestamp(newest, UTC)
