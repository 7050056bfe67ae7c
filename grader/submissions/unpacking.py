"""One student's files put into a private folder, from wherever they are: loose, below a folder, in zips and tars.

Only what may be of the package is written: files of the kind that the assignment reads, where the files are that it
asks for, and the data there. Of the rest, other data, and where nothing is found what lies at the top, leaves its name
as an empty file, so that a note can tell of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from grader.assignment.handout import COMPARED_CAP
from grader.core.text import printable
from grader.files.tars import plain_tar
from grader.files.tree import InArchive, Kind, Node, OnDisk, tar_tree, walk, zip_tree
from grader.files.zips import FOUL, Unsafe, folded, name_problem
from grader.submissions import data_files
from grader.submissions.file_filter import FileFilter
from grader.submissions.finding import is_package
from grader.submissions.left_aside import GIVEN_OUT, LeftAside, listed

ARCHIVE_CAP = 1 << 30  # of one student's zip inside the LMS's, and of a tar that was gzipped
DIRECTORY_CAP = 16 << 20
TAR_HEADERS_CAP = 64 << 20  # each has three blocks where macOS made it
FILES_CAP = 1000
TOTAL_CAP = 256 << 20
SHOWN_CAP = 50
OPENED = (".zip", ".tar.gz", ".tgz", ".tar")
OTHER_ARCHIVES = (".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".zipx")
ARCHIVES = (*OPENED, *OTHER_ARCHIVES)


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A file of a submission by the name that the student gave it; a folder named "" is the submission itself.

    Canvas gives each a `number`, which grows; it is 0 where a platform gives none.
    """

    name: str
    node: Node
    number: int = 0


Place: TypeAlias = tuple[str, ...]  # the parts of a path in the submission


def unpack(files: Sequence[SubmittedFile], kept: FileFilter, room: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder below `room` that has the submission now, and notes on what was left aside.

    Raises `Unsafe` where a person has to look first; `OSError`.
    """
    unpacking = _Unpacking(room, kept)
    loose = [each for file in files for each in _files(file)]
    archives = [(path[0], node) for path, node in loose if len(path) == 1 and _is(path, *OPENED)]
    unpacking.found += [(path, node) for path, node in loose if len(path) > 1 or not _is(path, *OPENED)]
    if unpacking.is_complete() and unpacking.is_work(unpacking.found) is not False:
        unpacking.aside.add("they lie beside the files themselves", *(name for name, _ in archives))
    else:
        unpacking.add_archives(archives)
    return unpacking.finished()


def is_archive(name: str) -> bool:
    """Whether a file has the name of an archive, of a kind that is opened here or of another."""
    return name.lower().endswith(ARCHIVES)


def refuse_foul(path: Place, node: Node) -> None:
    """Raise `Unsafe` for what no ordinary program has put into a zip."""
    if node.problem in FOUL:
        raise Unsafe(_unusable(path, node.problem))


@dataclass(slots=True)
class _Unpacking:
    """What was found so far, by path, and what has been put into the room."""

    room: Path
    kept: FileFilter
    found: list[tuple[Place, Node]] = field(default_factory=list)
    aside: LeftAside = field(default_factory=LeftAside)
    spelled: dict[str, tuple[str, bool]] = field(default_factory=dict)  # folded path: as it is, and whether a file
    left: int = TOTAL_CAP
    complete: bool = False  # whether what is asked for is there under its name

    def is_complete(self) -> bool:
        """Whether a folder has all modules that the assignment asks for, and any the notebook."""
        paths = {path for path, node in self.found if node.kind is Kind.FILE}
        if self.kept.notebook and not any(path[-1] == self.kept.notebook for path in paths):
            return False
        if not self.kept.wanted:
            return True
        wanted = [PurePosixPath(each).parts for each in self.kept.wanted]
        homes = {path[: -len(wanted[0])] for path in paths if path[-len(wanted[0]) :] == wanted[0]}
        return any(all((*home, *each) in paths for each in wanted) for home in homes)

    def add_archives(self, archives: Sequence[tuple[str, Node]]) -> None:
        """What archives hold, as if it had been submitted loose; one of which nothing is wanted may be of any kind."""
        refused: dict[str, str] = {}
        opened: dict[str, list[tuple[Place, Node]]] = {}
        for number, (name, node) in enumerate(archives):
            try:
                opened[name] = list(walk(self._opened(number, name, node)))
            except Unsafe as unsafe:
                refused[name] = str(unsafe)
        self._add_work(opened)
        for name, reason in refused.items():
            if not self.is_complete() or self.is_work(self.found) is False:
                raise Unsafe(f"`{printable(name)}`: {reason}")
            self.aside.add(reason, name)

    def is_work(self, found: Sequence[tuple[Place, Node]]) -> bool | None:
        """Whether somebody has changed what is asked for among these files; None where nothing of it is there."""
        asked = [(path[-1], node) for path, node in found if node.kind is Kind.FILE and self._may_be_wanted(path)]
        if not asked or len(asked) > COMPARED_CAP:
            return True if asked else None
        return not all(self.kept.is_untouched(name, node) for name, node in asked)

    def _add_work(self, opened: Mapping[str, list[tuple[Place, Node]]]) -> None:
        """Add what archives hold. Of them and the loose files, those still as given out count only alone."""
        is_work = {name: self.is_work(inside) for name, inside in opened.items()}
        loose_is_work = self.is_work(self.found)
        only_work = loose_is_work or any(is_work.values())
        if only_work and loose_is_work is False:
            self.aside.add(GIVEN_OUT, *("/".join(path) for path, _ in self.found if self._may_be_wanted(path)))
            self.found = []
        for name, inside in opened.items():
            if only_work and is_work[name] is False:
                self.aside.add(GIVEN_OUT, name)
            else:
                self.found += inside

    def finished(self) -> tuple[Path, tuple[str, ...]]:
        """The folder with the files, and the notes."""
        self.complete = self.is_complete()
        homes = self._homes()
        archives = ["/".join(path) for path, _ in self.found if _is(path, *ARCHIVES)]
        if archives and not homes:
            raise Unsafe(f"{listed(archives)} cannot be opened here; submit a zip, or the files themselves")
        self.aside.add("only zips and tars are opened, and none inside another", *archives)
        for path, node in self.found:
            refuse_foul(path, node)
            self._refuse_wanted_inside(path, node)
        code = [each for each in self.found if self._is_code(each[0], homes)]
        code.sort(key=lambda each: (not self._may_be_wanted(each[0]), len(each[0])))
        all_data = [each for each in self.found if homes and self._is_data(each[0])]
        data = [each for each in all_data if self.kept.wanted and _is_below(each[0], homes)]
        data.sort(key=lambda each: (not self._may_be_wanted(each[0]), len(each[0])))
        for files, kind in ((code, " or ".join(self.kept.suffixes)), (data, "data")):
            for path, node in files[:FILES_CAP]:
                self._add(path, node)
            self.aside.add(f"more than {FILES_CAP} {kind} files", *("/".join(path) for path, _ in files[FILES_CAP:]))
        self._leave_names({path for path, _ in all_data} - {path for path, _ in data})
        home = self.room / "files"
        home.mkdir(exist_ok=True)
        for name, is_folder in self._at_top() if not homes else ():
            home.joinpath(name).mkdir() if is_folder else home.joinpath(name).touch()
        return home, self.aside.told()

    def _homes(self) -> set[Place]:
        """The folders in or below which what is wanted may be; a notebook may have any name, anywhere."""
        asked = {path for path, _ in self.found if self._may_be_wanted(path)}
        if not self.kept.wanted:
            return {()} if asked else set()
        asked = {path for path in asked if not self.kept.may_be_notebook(path[-1])}
        named = {path[:end] for path, _ in self.found for end in range(1, len(path))
                 if is_package(path[end - 1], self.kept.package)}  # fmt: skip
        return named | {self._home(path) for path in asked}

    def _home(self, path: Place) -> Place:
        """The folder below which a file that is asked for is, if it lies where it should in it."""
        parts = PurePosixPath(self.kept.meant(path[-1]) or path[-1]).parts
        return path[: -len(parts)] if path[-len(parts) : -1] == parts[:-1] else path[:-1]

    def _may_be_wanted(self, path: Place) -> bool:
        if self.kept.may_be_notebook(path[-1]) and not self.complete:
            return True
        return self.kept.asks_for(path[-1])

    def _is_code(self, path: Place, homes: set[Place]) -> bool:
        if not path[-1].endswith(self.kept.suffixes):
            return False
        return bool(homes) if self.kept.may_be_notebook(path[-1]) else _is_below(path, homes)

    def _is_data(self, path: Place) -> bool:
        return not path[-1].endswith(self.kept.suffixes) and (data_files.is_data(path[-1]) or self._may_be_wanted(path))

    def _at_top(self) -> list[tuple[str, bool]]:
        """The first names at the top, and whether they are of folders."""
        names = {path[0]: len(path) > 1 for path, _ in self.found if not name_problem(path[0])}
        return sorted(names.items())[:SHOWN_CAP]

    def _add(self, path: Place, node: Node) -> None:
        """One file that may be of the package; a helper that cannot be used is left aside."""
        name = "/".join(path)
        try:
            if problem := node.problem or name_problem(name):
                raise Unsafe(problem)
            if node.size > self.kept.cap_of(name):
                raise Unsafe(f"it is larger than {self.kept.cap_of(name) >> 20} MiB")
            self._reserve(path)
            self._write(self.room.joinpath("files", *path), node)
        except Unsafe as unsafe:
            if self._may_be_wanted(path):
                raise Unsafe(_unusable(path, str(unsafe))) from None
            self.aside.add(str(unsafe), name)

    def _refuse_wanted_inside(self, path: Place, node: Node) -> None:
        """Raise `Unsafe` for a folder that must not be opened and has what the assignment asks for in it."""
        if node.problem and node.kind is Kind.FOLDER and any(self._may_be_wanted(each) for each, _ in walk(node)):
            raise Unsafe(_unusable(path, node.problem))

    def _opened(self, number: int, name: str, node: Node) -> InArchive:
        if not node.size:
            raise Unsafe("it is empty (0 bytes)")
        copy = self.room / f"{number}.archive"
        if not _is((name,), ".zip"):
            _put(copy, plain_tar(node.chunks(ARCHIVE_CAP), ARCHIVE_CAP))
            return tar_tree(copy, directory_cap=TAR_HEADERS_CAP)
        if isinstance(node, OnDisk):
            return zip_tree(node.path, directory_cap=DIRECTORY_CAP)
        _put(copy, node.chunks(ARCHIVE_CAP))
        return zip_tree(copy, directory_cap=DIRECTORY_CAP)

    def _leave_names(self, paths: Collection[Place]) -> None:
        """Empty files in the place of data that does not go along; of too many the first."""
        for path in sorted(path for path in paths if not name_problem("/".join(path)))[:FILES_CAP]:
            with contextlib.suppress(Unsafe):
                self._reserve(path)
                target = self.room.joinpath("files", *path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()

    def _write(self, target: Path, node: Node) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("xb") as file:
                for chunk in node.chunks(min(self.kept.cap_of(target.name), self.left)):
                    file.write(chunk)
                    self.left -= len(chunk)
        except Unsafe:
            target.unlink()
            raise

    def _reserve(self, path: Place) -> None:
        """Two files may not have one name, nor names that some file system takes for one."""
        for depth in range(1, len(path) + 1):
            name = "/".join(path[:depth])
            is_file = depth == len(path)
            if folded(name) in self.spelled and (is_file or self.spelled[folded(name)] != (name, False)):
                raise Unsafe("it exists more than once; keep one")
            self.spelled[folded(name)] = (name, is_file)


def _put(target: Path, chunks: Iterable[bytes]) -> None:
    with target.open("xb") as file:
        file.writelines(chunks)


def _files(file: SubmittedFile) -> Iterator[tuple[Place, Node]]:
    above = (file.name,) if file.name else ()
    if file.node.problem:
        raise Unsafe(_unusable((file.name or file.node.name,), file.node.problem))
    if file.node.kind is Kind.FOLDER:
        yield from walk(file.node, above)
    else:
        yield above, file.node


def _is_below(path: Place, homes: set[Place]) -> bool:
    return any(path[:end] in homes for end in range(len(path)))


def _unusable(path: Place, problem: str | None) -> str:
    return f"`{printable('/'.join(path))}` cannot be used: {problem}"


def _is(path: Place, *suffixes: str) -> bool:
    return path[-1].lower().endswith(suffixes)
