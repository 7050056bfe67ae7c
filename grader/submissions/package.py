"""A student's files, read safely into memory, never imported and never followed by path again.

What the assignment asks for has to be in order; whatever else lies there costs nobody anything, and is left aside.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.assignment.handout import NO_HANDOUT, Handout
from grader.assignment.manifest import TOP
from grader.core.submission import Submission, is_id
from grader.core.text import printable
from grader.files.zips import Unsafe, is_ours
from grader.submissions import data_files
from grader.submissions.finding import (
    FILE_CAP,
    chosen_notebooks,
    content_of,
    entries_of,
    files_called,
    find_package,
    folders,
    found,
    stand_ins,
)
from grader.submissions.left_aside import GIVEN_OUT, LeftAside, listed

FILES_CAP = 200  # code and data
PART = re.compile(r"[A-Za-z0-9_. -]{1,100}")
# What lies beside loose modules and is the grader's, or nbgrader's; in the folder of a package is nothing of the kind.
NOT_THE_STUDENTS = re.compile(
    r"(?:hidden_)?checks\.py|handout\.json|(?:requirements|constraints|timestamp)\.txt|(?:expected|secret)/.*"
    r"|data/[^/]*\.safetensors",
    re.DOTALL,
)
NO_ID = "the folder's name is not a student id (letters, digits and ._@- only, up to 64)"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file that is read: what it is called, and how many bytes one and all of them may have."""

    name: str
    file_cap: int
    total_cap: int


CODE = _Kind("Python", FILE_CAP, 4 << 20)
DATA = _Kind("data", data_files.FILE_CAP, data_files.TOTAL_CAP)
ASKED = _Kind("what is asked for", data_files.ASKED_CAP, data_files.ASKED_CAP)


def read_package(
    folder: Path, package: str, wanted: Sequence[str], *, id: str | None = None, handout: Handout = NO_HANDOUT
) -> Submission:
    """Read the student package below `folder`, wherever the student put it, with the data that lies in it.

    `package` is its name in the course and `wanted` the files to submit; a folder counts as the package when it is
    called that (in any spelling, `HW 2` for `hw2`) or holds most of the wanted files. For a wanted file that does not
    exist its one numbered copy is used, `cnn (1).py` for `cnn.py`. What is still as the `handout` has it counts only
    where nothing else does. Where none is found, that is the problem. `id` is the folder's name unless another is
    given. Raises `OSError` where the machine fails.
    """

    def read(name: str) -> Submission:
        home, notes = find_package(folder, package, wanted, handout)
        meant, told = stand_ins(home, wanted, handout)
        files, aside = _files(home, wanted, meant, is_loose=package == TOP)
        named = data_files.names_in(b" ".join(content for path, content in files.items() if path.endswith(".py")))
        home_name = "the modules" if package == TOP else f"`{package}`"
        aside.add(f"only data in the folder of {home_name} goes along", *files_called(folder, named, outside=home))
        place = home.relative_to(folder).as_posix()
        missing = tuple(file for file in wanted if file not in files)
        for file in missing:
            alike = (entry.name for entry in entries_of(home) if entry.name.partition(".")[0] == Path(file).stem)
            aside.add(f"`{file}` is asked for, and is not there; submit it as that", *alike)
        return Submission(name, files, (*notes, *told, *aside.told()), place=printable(place), missing=missing)

    return _guarded(id or folder.name, read)


def read_one_file(
    folder: Path, wanted: str, *, cap: int, id: str | None = None, handout: Handout = NO_HANDOUT, beside: bool = False
) -> Submission:
    """Read the one file of the kind of `wanted`, such as `homework.ipynb`, that lies anywhere below `folder`.

    Of several the one with that name counts, unless it is still as the `handout` has it, and a note names the others.
    The submission holds it by its path. Where there is none, that is the problem; but of one that is to lie `beside`
    modules, in whatever folder, it is missing. Raises `OSError` where the machine fails.
    """

    def read(name: str) -> Submission:
        there = [
            entry
            for place in folders(folder)
            for entry in entries_of(place)
            if entry.name.endswith(Path(wanted).suffix) and not entry.name.startswith("._")
        ]
        if not there and beside:
            return Submission(name, missing=(wanted,))
        if not there:
            raise Unsafe(f"there is no `{wanted}`; found {found(folder)}")
        chosen, given = chosen_notebooks(there, wanted, handout, cap)
        places = [_below(folder, entry) for entry in chosen]
        if len(chosen) > 1:
            raise Unsafe(f"`{wanted}` exists more than once: {listed(places)}; keep one")
        content = _content(chosen[0], cap)
        aside = LeftAside()
        aside.add(GIVEN_OUT, *(_below(folder, entry) for entry in given))
        rest = [entry for entry in there if entry not in (*chosen, *given)]
        aside.add(f"`{wanted}` is there", *(_below(folder, entry) for entry in rest))
        place = printable(places[0])
        is_there = wanted in (chosen[0].name if beside else "", *places)
        notes = () if is_there else (f"`{place}` was used as `{wanted}`",)
        return Submission(name, {places[0]: content}, (*notes, *aside.told()), place=place)

    return _guarded(id or folder.name, read)


def _guarded(name: str, read: Callable[[str], Submission]) -> Submission:
    """What is read, or the problem that keeps from it. Raises `OSError` where the machine fails."""
    if not is_id(name):
        return Submission(printable(name), problem=NO_ID)
    try:
        return read(name)
    except Unsafe as unsafe:
        return Submission(name, problem=str(unsafe))
    except OSError as error:
        if is_ours(error):
            raise
        return Submission(name, problem=f"cannot be read ({error.strerror}); look at it by hand")


def _files(
    home: Path, wanted: Sequence[str], meant: Mapping[str, str | None], *, is_loose: bool
) -> tuple[dict[str, bytes], LeftAside]:
    """The Python and data files below `home`, those of it that are called otherwise than `meant` under that name.

    Raises `Unsafe` where one of the `wanted` files cannot be used.
    """
    there: dict[str, os.DirEntry[str]] = {}
    for folder in folders(home):
        for entry in entries_of(folder):
            place = _below(home, entry)
            called = meant.get(place, place)
            if is_loose and called not in wanted and NOT_THE_STUDENTS.fullmatch(place):
                continue
            if called is None or any(part.endswith(".py") for part in PurePosixPath(called).parts[:-1]):
                continue  # a folder would stand where a provided file has to be
            is_read = entry.name.endswith(".py") or data_files.is_data(entry.name) or called in wanted
            if is_read and not entry.name.startswith("._"):
                there[called] = entry
    files: dict[str, bytes] = {}
    aside = LeftAside()
    kinds = {called: _kind(called, wanted) for called in there}
    left = {kind: kind.total_cap for kind in (CODE, DATA, ASKED)}
    for called in sorted(there, key=lambda each: (each not in wanted, kinds[each] is DATA, each.count("/"), each)):
        kind = kinds[called]
        try:
            if not all(PART.fullmatch(part) for part in PurePosixPath(called).parts):
                raise Unsafe(f"it has no name for a {kind.name} file")
            if len(files) == FILES_CAP:
                raise Unsafe(f"more than {FILES_CAP} files; submit only your own")
            content = _content(there[called], kind.file_cap)
            if len(content) > left[kind]:
                raise Unsafe(f"more than {kind.total_cap >> 20} MiB of {kind.name}; submit only your own files")
        except Unsafe as unsafe:
            if called in wanted:
                raise Unsafe(f"`{called}` cannot be used: {unsafe}") from None
            aside.add(str(unsafe), called)
        else:
            files[called] = content
            left[kind] -= len(content)
    return files, aside


def _kind(name: str, wanted: Sequence[str]) -> _Kind:
    if name.endswith(".py"):
        return CODE
    return ASKED if name in wanted else DATA


def _content(entry: os.DirEntry[str], cap: int) -> bytes:
    """The bytes of a file. Raises `Unsafe` with what is wrong with it; `OSError`."""
    if entry.is_symlink():
        raise Unsafe("it is a link; submit the file itself")
    if entry.is_dir():
        raise Unsafe("it is a folder with the name of a file; submit the file")
    return content_of(Path(entry.path), cap)


def _below(folder: Path, entry: os.DirEntry[str]) -> str:
    return Path(entry.path).relative_to(folder).as_posix()
