"""Where in what a student submitted the package is, and which of several files of one name is meant.

Between candidates, one that is still as given out is nobody's work: another counts, and a note says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.assignment.handout import COMPARED_CAP, Handout
from grader.assignment.manifest import TOP
from grader.core.text import printable
from grader.files.tree import WALKED_CAP, is_ignored
from grader.files.zips import CHUNK, DEPTH_CAP, Unsafe, open_regular
from grader.submissions.left_aside import GIVEN_OUT, LeftAside

FILE_CAP = 1 << 20  # bytes of one Python file
COPY = re.compile(r"(?: ?\([0-9]{1,3}\)|-[0-9]{1,3})(?=\.[a-z]+\Z)")


def without_number(name: str) -> str:
    """The name of a file before a browser or a platform numbered it: `cnn (1).py` and `cnn-1.py` were `cnn.py`."""
    return COPY.sub("", name)


def is_package(name: str, package: str) -> bool:
    """Whether a folder is called like the package: `HW 2`, `hw-2` and `hw2` are one name."""
    return package != TOP and _plain(name) == _plain(package)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A folder that may be the package."""

    home: Path
    named: bool
    files: Mapping[str, str]  # name of a file: the wanted file that it is, or a copy of

    @property
    def held(self) -> int:
        """How many of the wanted files it has in some form."""
        return len(set(self.files.values()))

    @property
    def rank(self) -> tuple[int, int]:
        """A copy counts only between folders that are else alike."""
        return 2 * sum(name == file for name, file in self.files.items()) + self.named, self.held

    def is_untouched(self, handout: Handout) -> bool:
        """Whether nobody has changed any of its files."""
        return all(_is_untouched(self.home / name, file, handout) for name, file in self.files.items())


def find_package(folder: Path, package: str, wanted: Sequence[str], handout: Handout) -> tuple[Path, tuple[str, ...]]:
    """The folder that is the package `package` with the files `wanted`, and notes on why it is that one.

    Of modules in no package one is enough. Raises `Unsafe` where there is none, or several that are the student's work.
    """
    holders = [each for each in (_candidate(place, folder, package, wanted) for place in folders(folder)) if each.held]
    likely = [each for each in holders if each.named or package == TOP or 2 * each.held > len(wanted)]
    if not likely and package == TOP:
        raise Unsafe(f"there is none of {', '.join(wanted)}; found {found(folder)}")
    if not likely:
        alike = [path for path in folders(folder) if is_package(path.name, package) and path != folder]
        raise Unsafe(
            f"`{alike[0].name}` has none of {', '.join(wanted)}; found {found(alike[0])}"
            if alike
            else f"no folder `{package}` with {', '.join(wanted)}; found {found(folder)}"
        )
    given = [each for each in holders if each.is_untouched(handout)] if 1 < len(holders) <= COMPARED_CAP else []
    work = [each for each in likely if each not in given]
    work = work or [each for each in holders if each not in given] or likely
    highest = max(each.rank for each in work)
    best = [each.home for each in work if each.rank == highest]
    if len(best) > 1:
        places = " and ".join(printable(str(path.relative_to(folder))) for path in sorted(best)[:3])
        what = f"some of {', '.join(wanted)} exist" if package == TOP else f"the package `{package}` exists"
        raise Unsafe(f"{what} more than once: {places}; keep one")
    aside = LeftAside()
    if work is not likely:
        aside.add(
            GIVEN_OUT, *((each.home / name).relative_to(folder).as_posix() for each in given for name in each.files)
        )
    return best[0], (*_where(best[0].relative_to(folder).as_posix(), package), *aside.told())


def stand_ins(home: Path, wanted: Sequence[str], handout: Handout) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """What files with numbered copies, and the copies, count as, None for nothing, and the notes that say so."""
    meant: dict[str, str | None] = {}
    notes = []
    for file, copies in _copies(home, wanted).items():
        names = [file, *copies] if (home / file).is_file() else copies
        work = [name for name in names if not _is_untouched(home / name, file, handout)] or names
        chosen = file if file in work else work[0] if len(work) == 1 else None
        meant |= {name: file if name == chosen else None for name in names}
        if chosen == file:
            notes.append(_ignored(copies, f"`{file}` exists"))
            continue
        any_of_them = f"any of them may be `{file}`; keep one, under that name"
        notes.append(f"`{chosen}` was used as `{file}`" if chosen else _ignored(work, any_of_them))
        if given := [name for name in names if name not in work]:
            notes.append(_ignored(given, GIVEN_OUT))
    return meant, tuple(notes)


def chosen_notebooks(
    entries: Sequence[os.DirEntry[str]], wanted: str, handout: Handout, cap: int
) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """Those of some notebooks that may be the one called `wanted`, and those that are still as given out."""
    compared = entries if 1 < len(entries) <= COMPARED_CAP else ()
    given = [each for each in compared if _is_untouched(Path(each.path), wanted, handout, cap)]
    work = [each for each in entries if each not in given] or list(entries)
    return [each for each in work if each.name == wanted] or work, given if len(given) < len(entries) else []


def files_called(folder: Path, names: Collection[str], *, outside: Path | None = None) -> list[str]:
    """The files with one of these names below `folder`, but not those below `outside`."""
    return [
        Path(entry.path).relative_to(folder).as_posix()
        for place in (folders(folder) if names else ())
        if not (outside and place.is_relative_to(outside))
        for entry in entries_of(place)
        if entry.name in names
    ]


def folders(folder: Path) -> Iterator[Path]:
    """The folder and those below it, in order; not what tools put there, nor what is nested too deep."""
    left = [(folder, 0)]
    seen = 0
    while left:
        place, depth = left.pop()
        yield place
        entries = entries_of(place)
        seen += len(entries)
        if seen > WALKED_CAP:
            raise Unsafe(f"more than {WALKED_CAP} files; submit only your own")
        names = {entry.name for entry in entries}
        inner = [
            entry for entry in entries if entry.is_dir(follow_symlinks=False) and not is_ignored(entry.name, names)
        ]
        left += [(Path(entry.path), depth + 1) for entry in reversed(inner)] if depth < DEPTH_CAP else []


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, in order of name."""
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def found(folder: Path) -> str:
    """What lies in a folder, for a person who looks for the package."""
    return ", ".join(printable(name) for name in sorted(path.name for path in folder.iterdir())[:6]) or "nothing"


def content_of(path: Path, cap: int) -> bytes:
    """The bytes of a file, of at most `cap`; no link is followed. Raises `Unsafe` or `OSError`."""
    content = bytearray()
    with open_regular(path) as file:
        while block := file.read(CHUNK):
            content += block
            if len(content) > cap:
                raise Unsafe(f"it is larger than {cap >> 20} MiB")
    return bytes(content)


def _candidate(place: Path, folder: Path, package: str, wanted: Sequence[str]) -> _Candidate:
    plain = {file: file for file in wanted if os.path.lexists(place / file)}
    copies = {name: file for file, names in _copies(place, wanted).items() for name in names}
    return _Candidate(place, is_package(place.name, package) and place != folder, plain | copies)


def _copies(home: Path, wanted: Sequence[str]) -> dict[str, list[str]]:
    """The numbered copies of wanted files that lie in a folder, by the name of the wanted file.

    As a copy counts what lies there and should lie in a folder of it: platforms take files one by one.
    """
    inner = {PurePosixPath(file).name: file for file in wanted if not (home / file).is_file()}
    asked = inner | {file: file for file in wanted}
    copies: dict[str, list[str]] = {}
    for entry in entries_of(home):
        file = asked.get(entry.name) or asked.get(without_number(entry.name))
        if entry.name not in wanted and file and entry.is_file(follow_symlinks=False):
            copies.setdefault(file, []).append(entry.name)
    return copies


def _is_untouched(path: Path, file: str, handout: Handout, cap: int = FILE_CAP) -> bool:
    """Whether it is the handout's `file`; what cannot be read is not."""
    try:
        return file in handout.files and handout.is_untouched(file, content_of(path, cap))
    except (Unsafe, OSError):
        return False


def _where(place: str, package: str) -> Iterator[str]:
    if package == TOP:
        if "/" in place:  # one folder around them is there whenever a folder was zipped
            yield f"the files were found in `{printable(place)}`"
    elif place == ".":
        yield f"the files were found without the folder `{package}` around them"
    elif place != package:
        yield f"the package was found in `{printable(place)}` instead of `{package}`"


def _ignored(names: Sequence[str], why: str) -> str:
    told = " and ".join(f"`{name}`" for name in names)
    return f"{told} {'was' if len(names) == 1 else 'were'} ignored: {why}"


def _plain(name: str) -> str:
    """`HW 2`, `hw-2` and `hw2` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
