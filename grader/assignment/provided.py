"""Provided files: code and data that always come from the assignment, whatever a student submits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from grader.assignment.manifest import MANIFEST, Manifest
from grader.core.digest import digest
from grader.core.errors import AuthorError
from grader.files.tree import IGNORED

FILES_CAP = 300
TOTAL_CAP = 64 << 20  # bytes: every room holds them, and its working folder a copy of those that are not code


def provided_paths(folder: Path, manifest: Manifest) -> Iterator[Path]:
    """Where they lie, of a folder all that is in it but what students submit; also what is listed and not there."""
    asked = {folder / manifest.package / file for file in manifest.files}
    for entry in manifest.provided:
        path = folder / entry
        inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        yield from (each for each in inside if each not in asked and not _is_left_by_tools(each.relative_to(path)))


def read_provided(folder: Path, manifest: Manifest, own: Sequence[Path]) -> dict[str, bytes]:
    """Content of the provided files, by their path in the submission; `own` are files and folders for no student.

    Raises `AuthorError`.
    """
    for entry in manifest.provided:
        if Path(entry).is_absolute() or ".." in Path(entry).parts or not Path(entry).parts:
            raise _problem(folder, f"{entry} is not inside the folder; copy it in")
        if PurePosixPath(entry) in {PurePosixPath(manifest.package, file) for file in manifest.files}:
            raise _problem(folder, f"{entry} is to be submitted; remove it from one of the lists")
        if not (folder / entry).exists():
            raise _problem(folder, f"there is no {entry}; {_remedy(folder, manifest, entry)}")
    paths = [*provided_paths(folder, manifest)]
    for path in paths:
        if any(path.resolve().is_relative_to(each.resolve()) for each in own):
            raise _problem(folder, f"{path.relative_to(folder)} is not for students' code; remove it from the list")
    if len(paths) > FILES_CAP or sum(path.stat().st_size for path in paths) > TOTAL_CAP:
        raise _problem(folder, f"more than {FILES_CAP} files or {TOTAL_CAP >> 20} MiB; provide only what is needed")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Of each provided file a digest that neither line ends nor other white space in code change."""
    return {name: _digest(name, content) for name, content in files.items()}


def edited(files: Mapping[str, bytes], given: Mapping[str, str]) -> list[str]:
    """The files that are provided, and others than those whose digests are `given`; an empty one changes nothing."""
    there = ((name, content) for name, content in sorted(files.items()) if name in given and content.split())
    return [name for name, content in there if _digest(name, content) != given[name]]


def _digest(name: str, content: bytes) -> str:
    return digest(*content.split()) if name.endswith(".py") else digest(content)


def _is_left_by_tools(path: Path) -> bool:
    return any(part.startswith(".") or part in IGNORED for part in path.parts) or path.suffix == ".pyc"


def _remedy(folder: Path, manifest: Manifest, entry: str) -> str:
    solved = folder / (manifest.reference or ".") / entry
    return f"run `grader stubs {folder.name}`" if solved.exists() else "add it or remove it"


def _problem(folder: Path, problem: str) -> AuthorError:
    return AuthorError([f"{folder / MANIFEST}: provided: {problem}"])
