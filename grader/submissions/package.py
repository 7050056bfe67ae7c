"""A student's package, read safely into memory, never imported and never followed by path again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from grader.core.submission import Submission, is_id
from grader.core.text import printable
from grader.files.tree import IGNORED
from grader.files.zips import Unsafe, open_regular

FILE_CAP = 1 << 20
FILES_CAP = 200
TOTAL_CAP = 4 << 20
DEPTH_CAP = 4
COPY = re.compile(r"(?: ?\([0-9]{1,3}\)|-[0-9]{1,3})(?=\.[a-z]+\Z)")
NO_ID = "the folder's name is not a student id (letters, digits and ._@- only, up to 64)"


def read_package(folder: Path, package: str, wanted: Sequence[str], *, id: str | None = None) -> Submission:
    """Read the student package below `folder`, wherever the student put it.

    `package` is its name in the course and `wanted` the files to submit; a folder counts as the package when it is
    called that (in any spelling, `HW 2` for `hw2`) or holds most of the wanted files. For a wanted file that does not
    exist its one numbered copy is used, `cnn (1).py` for `cnn.py`. `id` is the folder's name unless another is given.
    """
    name = id or folder.name
    if not is_id(name):
        return Submission(printable(name), problem=NO_ID)
    try:
        home, notes = _find_package(folder, package, wanted)
        meant, told = _stand_ins(home, wanted) if home else ({}, ())
        files = dict(_python_files(home, meant)) if home else {}
    except Unsafe as unsafe:
        return Submission(name, problem=str(unsafe))
    except OSError as error:
        return Submission(name, problem=f"cannot be read ({error.strerror}); look at it by hand")
    if home is None:
        found = ", ".join(printable(name) for name in sorted(path.name for path in folder.iterdir())[:6]) or "nothing"
        notes = (f"no folder `{package}` with {', '.join(wanted)}; found {found}",)
    return Submission(name, files, (*notes, *told))


def read_one_file(folder: Path, wanted: str, *, cap: int, id: str | None = None) -> Submission:
    """Read the one file of the kind of `wanted`, such as `homework.ipynb`, that lies anywhere below `folder`.

    Of several the one with that name counts. The submission holds it by its path, or nothing where there is none.
    """
    name = id or folder.name
    if not is_id(name):
        return Submission(printable(name), problem=NO_ID)
    try:
        found = [
            Path(entry.path)
            for place in _folders(folder, 0)
            for entry in _entries(place)
            if entry.name.endswith(Path(wanted).suffix) and entry.is_file() and not entry.name.startswith("._")
        ]
        found = [path for path in found if path.name == wanted] or found
        if len(found) > 1:
            places = " and ".join(printable(str(path.relative_to(folder))) for path in sorted(found)[:3])
            raise Unsafe(f"`{wanted}` exists more than once: {places}; keep one")
        content = {path.relative_to(folder).as_posix(): _read(path, cap) for path in found}
    except Unsafe as unsafe:
        return Submission(name, problem=str(unsafe))
    except OSError as error:
        return Submission(name, problem=f"cannot be read ({error.strerror}); look at it by hand")
    place = next(iter(content), wanted)
    notes = () if place == wanted else (f"`{printable(place)}` was used as `{wanted}`",)
    return Submission(name, content, notes if content else (f"there is no `{wanted}`",))


def without_number(name: str) -> str:
    """The name of a file before a browser or a platform numbered it: `cnn (1).py` and `cnn-1.py` were `cnn.py`."""
    return COPY.sub("", name)


def _find_package(folder: Path, package: str, wanted: Sequence[str]) -> tuple[Path | None, tuple[str, ...]]:
    ranked: dict[tuple[int, int], list[Path]] = {}
    for candidate in _folders(folder, 0):
        plain = {file for file in wanted if (candidate / file).is_file()}
        held = len(plain | _copies(candidate, wanted).keys())
        named = _plain(candidate.name) == _plain(package) and candidate != folder
        if held and (named or 2 * held > len(wanted)):  # a copy counts only between folders that are else alike
            ranked.setdefault((2 * len(plain) + named, held), []).append(candidate)
    if not ranked:
        alike = [path for path in _folders(folder, 0) if _plain(path.name) == _plain(package) and path != folder]
        ranked = {(0, 0): alike} if alike else {}
    if not ranked:
        return None, ()
    best = ranked[max(ranked)]
    if len(best) > 1:
        places = " and ".join(printable(str(path.relative_to(folder))) for path in sorted(best)[:3])
        raise Unsafe(f"the package `{package}` exists more than once: {places}; keep one")
    place = str(best[0].relative_to(folder))
    if place == ".":
        return best[0], (f"the files were found without the folder `{package}` around them",)
    if place == package:
        return best[0], ()
    return best[0], (f"the package was found in `{printable(place)}` instead of `{package}`",)


def _copies(home: Path, wanted: Sequence[str]) -> dict[str, list[str]]:
    """The numbered copies of wanted files that lie in a folder, by the name of the wanted file."""
    copies: dict[str, list[str]] = {}
    with os.scandir(home) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    for name in names:
        if name not in wanted and without_number(name) in wanted:
            copies.setdefault(without_number(name), []).append(name)
    return copies


def _stand_ins(home: Path, wanted: Sequence[str]) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """What each numbered copy of a wanted file counts as, None for nothing, and the notes that say so."""
    meant: dict[str, str | None] = {}
    notes = []
    for file, copies in _copies(home, wanted).items():
        there = (home / file).is_file()
        meant |= dict.fromkeys(copies, file if len(copies) == 1 and not there else None)
        told = " and ".join(f"`{name}`" for name in copies)
        why = f"`{file}` exists" if there else f"any of them may be `{file}`; keep one, under that name"
        alone = len(copies) == 1
        ignored = f"{told} {'was' if alone else 'were'} ignored: {why}"
        notes.append(f"{told} was used as `{file}`" if alone and not there else ignored)
    return meant, tuple(notes)


def _plain(name: str) -> str:
    """`HW 2`, `hw-2` and `hw2` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    if depth < DEPTH_CAP:
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False) and entry.name not in IGNORED:
                yield from _folders(Path(entry.path), depth + 1)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name.endswith(".py") and entry.is_dir(follow_symlinks=False):
            raise Unsafe(f"`{printable(entry.name)}` is a folder with the name of a Python file; submit the file")
        if entry.is_symlink():
            raise Unsafe(f"`{printable(entry.name)}` is a link; submit the file itself")
    return found


def _python_files(home: Path, meant: Mapping[str, str | None]) -> Iterator[tuple[str, bytes]]:
    """The files below `home`; those of it that are called otherwise than they are `meant` under that name."""
    count = total = 0
    for folder in _folders(home, 0):
        for entry in _entries(folder):
            if not entry.name.endswith(".py") or entry.name.startswith("._") or entry.is_dir():
                continue
            place = Path(entry.path).relative_to(home).as_posix()
            called = meant.get(place, place)
            if called is None:
                continue
            path = PurePosixPath(called)
            count += 1
            if count > FILES_CAP:
                raise Unsafe(f"more than {FILES_CAP} Python files; submit only your own")
            content = _read(Path(entry.path))
            total += len(content)
            if total > TOTAL_CAP:
                raise Unsafe(f"more than {TOTAL_CAP >> 20} MiB of Python; submit only your own files")
            if not all(re.fullmatch(r"[A-Za-z0-9_. -]{1,100}", part) for part in path.parts):
                raise Unsafe(f"{str(path)!a} is not a name for a Python file")
            yield str(path), content


def _read(path: Path, cap: int = FILE_CAP) -> bytes:
    try:
        with open_regular(path) as file:
            content = file.read(cap + 1)
    except Unsafe:
        raise Unsafe(f"`{printable(path.name)}` is not a regular file") from None
    if len(content) > cap:
        raise Unsafe(f"`{printable(path.name)}` is larger than {cap >> 20} MiB")
    return content
