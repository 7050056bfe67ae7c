"""One student's files put into a private folder, from wherever they are: loose, below a folder, in zips.

Only files of the kind that the assignment reads are written. Of the rest, what lies at the top leaves its name as an
empty file, so that a note can tell what was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.core.text import in_ascii
from grader.files.tree import InZip, Kind, Node, OnDisk, walk, zip_tree
from grader.files.zips import Unsafe, folded, name_problem

ARCHIVE_CAP = 256 << 20  # of one student's zip inside the LMS's
DIRECTORY_CAP = 2 << 20
FILES_CAP = 1000
TOTAL_CAP = 256 << 20
SHOWN_CAP = 50
OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".zipx")
ARCHIVES = (".zip", *OTHER_ARCHIVES)


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A file of a submission by the name that the student gave it; a folder named "" is the submission itself."""

    name: str
    node: Node


@dataclass(frozen=True, slots=True)
class FileFilter:
    """The files to put down: those whose names end in `suffix`, each of at most `cap` bytes."""

    suffix: str
    cap: int


def unpack(files: Sequence[SubmittedFile], kept: FileFilter, room: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder below `room` that has the submission now, and notes on what was ignored.

    Raises `Unsafe` where a person has to look first; `OSError`.
    """
    unpacking = _Unpacking(room, kept)
    for file in files:
        for path, node in _files(file):
            if len(path) == 1 and _is(path, ".zip"):
                unpacking.add_zip(path[0], node)
            else:
                unpacking.add(path, node)
    return unpacking.finished()


@dataclass(slots=True)
class _Unpacking:
    """What has been put into the room so far."""

    room: Path
    kept: FileFilter
    spelled: dict[str, tuple[str, bool]] = field(default_factory=dict)  # folded path: as it is, and whether a file
    at_top: dict[str, bool] = field(default_factory=dict)  # the names at the top, and whether they are folders
    unread: list[str] = field(default_factory=list)  # archives of kinds that are not opened
    files: int = 0
    left: int = TOTAL_CAP
    zips: int = 0

    def add(self, path: tuple[str, ...], node: Node) -> None:
        """One file; one that the assignment does not read only leaves its name."""
        self.at_top.setdefault(path[0], len(path) > 1)
        if len(path) == 1 and _is(path, *OTHER_ARCHIVES):
            self.unread.append(path[0])
        if not path[-1].endswith(self.kept.suffix):
            return
        name = "/".join(path)
        problem = name_problem(name)
        if problem:
            raise Unsafe(f"`{in_ascii(name)}` cannot be used: {problem}")
        self._reserve(path)
        self.files += 1
        if self.files > FILES_CAP:
            raise Unsafe(f"more than {FILES_CAP} {self.kept.suffix} files; submit only your own")
        target = self.room.joinpath("files", *path)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._write(target, name, node, self.kept.cap)

    def add_zip(self, name: str, node: Node) -> None:
        """What a zip holds, as if it had been submitted loose."""
        try:
            tree = self._opened(name, node)
        except Unsafe as unsafe:
            raise Unsafe(f"`{in_ascii(name)}`: {unsafe}") from None
        for path, inner in walk(tree):
            if _is(path, *ARCHIVES):
                raise Unsafe(
                    f"`{in_ascii('/'.join(path))}` is an archive inside an archive; submit the files themselves"
                )
            self.add(path, inner)

    def finished(self) -> tuple[Path, tuple[str, ...]]:
        """The folder, with the names of what was not read."""
        unread = ", ".join(f"`{in_ascii(name)}`" for name in sorted(self.unread))
        if unread and not self.files:
            raise Unsafe(f"{unread} cannot be opened here; submit a zip, or the files themselves")
        home = self.room / "files"
        home.mkdir(exist_ok=True)
        for name, is_folder in sorted(self.at_top.items())[:SHOWN_CAP]:
            place = home / name
            if name_problem(name) or place.exists():
                continue
            place.mkdir() if is_folder else place.touch()
        return home, (f"{unread} was ignored: only zips are opened",) if unread else ()

    def _opened(self, name: str, node: Node) -> InZip:
        if not node.size:
            raise Unsafe("it is empty (0 bytes)")
        if isinstance(node, OnDisk):
            return zip_tree(node.path, directory_cap=DIRECTORY_CAP)
        self.zips += 1
        copy = self.room / f"{self.zips}.zip"
        self._write(copy, name, node, ARCHIVE_CAP)
        return zip_tree(copy, directory_cap=DIRECTORY_CAP)

    def _write(self, target: Path, name: str, node: Node, cap: int) -> None:
        try:
            with target.open("xb") as file:
                for chunk in node.chunks(min(cap, self.left)):
                    file.write(chunk)
                    self.left -= len(chunk)
        except Unsafe as unsafe:
            raise Unsafe(f"`{in_ascii(name)}`: {unsafe}") from None

    def _reserve(self, path: tuple[str, ...]) -> None:
        """Two files may not have one name, nor names that some file system takes for one."""
        for depth in range(1, len(path) + 1):
            name = "/".join(path[:depth])
            is_file = depth == len(path)
            if folded(name) in self.spelled and (is_file or self.spelled[folded(name)] != (name, False)):
                raise Unsafe(f"`{in_ascii(name)}` exists more than once; keep one")
            self.spelled[folded(name)] = (name, is_file)


def _files(file: SubmittedFile) -> Iterator[tuple[tuple[str, ...], Node]]:
    above = (file.name,) if file.name else ()
    if file.node.problem:
        raise Unsafe(f"`{in_ascii(file.name or file.node.name)}` cannot be used: {file.node.problem}")
    if file.node.kind is Kind.FOLDER:
        yield from walk(file.node, above)
    else:
        yield above, file.node


def _is(path: tuple[str, ...], *suffixes: str) -> bool:
    return path[-1].lower().endswith(suffixes)
