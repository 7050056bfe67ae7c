"""The students' files, made from the reference solution: the stubs of a package, a notebook without its answers.

In a notebook, code cells are cut like modules (see `stubs`). A written answer is what follows
`<!-- answer: question -->` in a Markdown cell; students get a line to replace in its place. Outputs go. What the
assignment provides and lies beside the reference goes along, whatever it is.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from grader.assignment.manifest import Manifest
from grader.assignment.stubs import stub_of
from grader.core import extras
from grader.core.errors import AuthorError
from grader.files.notebooks import without_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def write_student_files(reference: Path, assignment: Path, manifest: Manifest) -> list[Path]:
    """Write what `student_files` gives into the folder `assignment`; return the written files.

    Raises `AuthorError` with all problems found, and then writes none.
    """
    made = student_files(reference, manifest)
    for name, content in made.items():
        (assignment / name).parent.mkdir(parents=True, exist_ok=True)
        (assignment / name).write_bytes(content)
    return [assignment / name for name in made]


def student_files(reference: Path, manifest: Manifest) -> dict[str, bytes]:
    """The students' version of what the folder `reference` holds, by its path there.

    These are the modules of the package, the notebook, or both; and what is `provided`, where it lies beside them.
    Raises `AuthorError` with all problems found: a solution without markers is one, as students would get it whole.
    """
    given = {name: content for entry in manifest.provided for name, content in _provided(reference, entry)}
    submitted = _submitted(manifest)
    given = {name: content for name, content in given.items() if name not in submitted}  # weights, say
    made, marked = _stubs(reference, manifest, given) if manifest.files else ({}, False)
    if manifest.notebook:
        made[manifest.notebook], cut = _student_notebook(reference / manifest.notebook)
        marked |= cut
    if not marked:
        raise AuthorError([_unmarked(reference / (manifest.package if manifest.files else manifest.notebook or ""))])
    return dict(sorted({**given, **made}.items()))


def doubts(reference: Path, manifest: Manifest) -> list[str]:
    """What an author may not have meant: a submitted module that students get whole, a file that they do not get."""
    if not manifest.files:
        return []
    made = student_files(reference, manifest)
    submitted = _submitted(manifest)
    whole = [name for name in submitted if name in made and made[name].decode() == _text(reference / name)]
    if manifest.notebook and not _student_notebook(reference / manifest.notebook)[1]:
        whole.append(manifest.notebook)
    lie_there = (name for name, _ in _provided(reference, manifest.package))
    # Beside loose modules lies what is not the students' at all; a module may be meant.
    absent = [name for name in lie_there if name not in (*made, *submitted)
              and (name.endswith(".py") or not manifest.is_loose)]  # fmt: skip
    return [
        *(f"{name}: nothing in it is marked as solution; students get it whole" for name in whole),
        *(f"{name}: left out; students get it if it is named in provided" for name in absent),
    ]


def _submitted(manifest: Manifest) -> list[str]:
    """Where the files to submit lie in the reference."""
    return [PurePosixPath(manifest.package, file).as_posix() for file in manifest.files]


def _provided(reference: Path, entry: str) -> Iterator[tuple[str, bytes]]:
    """The files that an entry of `provided` means, where it lies beside the reference."""
    there = reference / entry
    for path in sorted(there.rglob("*")) if there.is_dir() else [there]:
        name = path.relative_to(reference)
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in name.parts):
            yield name.as_posix(), path.read_bytes()


def _stubs(reference: Path, manifest: Manifest, given: Container[str]) -> tuple[dict[str, bytes], bool]:
    """The stub of each module of the package, by its path in the reference, and whether any is marked.

    Of loose modules those that are submitted, or `given`: nothing else tells them from what else lies there.
    """
    stubs: dict[str, bytes] = {}
    problems: list[str] = []
    marked = False
    for path in sorted((reference / manifest.package).rglob("*.py")):
        name = path.relative_to(reference).as_posix()
        if manifest.is_loose and name not in given and name not in _submitted(manifest):
            continue
        try:
            source = _text(path)
            stub = stub_of(source, where=name)
        except AuthorError as error:
            problems += error.problems
            continue
        problems += _import_problems(stub, name)
        stubs[name] = stub.encode()
        marked |= stub != source
    if not stubs:
        what = f"none of {', '.join(manifest.files)}" if manifest.is_loose else f"no package {manifest.package}"
        problems.append(f"{reference}: there is {what} in it; correct assignment.toml or the path")
    if problems:
        raise AuthorError(problems)
    return stubs, marked


def _text(path: Path) -> str:
    """The text of a module, without the mark that some editors put before it. Line ends stay."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AuthorError([f"{path}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"]) from None


def _unmarked(where: Path) -> str:
    return (
        f"{where}: nothing is marked as solution, so students would get all of it; put # BEGIN SOLUTION and "
        "# END SOLUTION around what they write"
    )


def _student_notebook(reference: Path) -> tuple[bytes, bool]:
    """The reference notebook without solutions, outputs, or a trace of whose machine it was made on.

    And whether anything in it is marked as solution or as an answer.
    """
    with extras.needed_by("the students' notebook"):
        import nbformat
    # nbformat has no types.
    try:
        notebook = nbformat.read(reference, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise AuthorError([f"{reference}: not a notebook ({error}); save it again in Jupyter"]) from None
    problems: list[str] = []
    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        try:
            cells.append(_student_cell(cell, number, f"{reference.name} cell {number}"))
        except AuthorError as error:
            problems += error.problems
    if problems:
        raise AuthorError(problems)
    marked = any(mine["source"] != theirs.source for mine, theirs in zip(cells, notebook.cells, strict=True))
    about = {"metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}}, "nbformat": 4}
    student = nbformat.from_dict({**about, "nbformat_minor": 5, "cells": cells})  # type: ignore[no-untyped-call]
    try:
        nbformat.validate(student)
    except nbformat.ValidationError as error:
        raise AuthorError([f"{reference}: not a valid notebook ({error.message}); save it again in Jupyter"]) from None
    text: str = nbformat.writes(student)  # type: ignore[no-untyped-call]
    return (text.rstrip("\n") + "\n").encode(), marked


def _student_cell(cell: NotebookNode, number: int, where: str) -> dict[str, object]:
    tags = cell.metadata.get("tags")
    kept = {
        "cell_type": cell.cell_type,
        "id": cell.get("id", f"cell-{number}"),
        "metadata": {"tags": list(tags)} if tags else {},
    }
    if cell.cell_type == "code":
        return {**kept, "source": stub_of(cell.source, where=where), "outputs": [], "execution_count": None}
    source = without_answers(cell.source)
    # Pictures that were pasted into the text; those of an answer go with it.
    pasted = {name: each for name, each in cell.get("attachments", {}).items() if f"attachment:{name}" in source}
    return {**kept, "source": source, **({"attachments": pasted} if pasted else {})}


def _import_problems(stub: str, where: str) -> list[str]:
    """A block outside every function would stop the whole module at import, and with it every check of the module."""
    bodies = [node.body for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.Module | ast.ClassDef)]
    return [
        f"{where}:{node.lineno}: this stub raises at import, outside every function; give the block # STUB: lines"
        for body in bodies
        for node in body
        if isinstance(node, ast.Raise)
    ]
