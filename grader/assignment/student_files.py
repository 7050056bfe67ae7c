"""The students' files, made from the reference solution: the stubs of a package, or a notebook without its answers.

In a notebook, code cells are cut like modules (see `stubs`). A written answer is what follows
`<!-- answer: question -->` in a Markdown cell; students get a line to replace in its place. Outputs go.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignment.stubs import stub_of
from grader.core import extras
from grader.core.errors import AuthorError
from grader.files.notebooks import without_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def write_student_files(
    reference: Path, assignment: Path, notebook: str | None, *, is_loose: bool = False
) -> list[Path]:
    """Write the students' version of what `reference` holds into the folder `assignment`.

    Args:
        reference: folder that holds exactly one package, such as `solutions/cnn` with `hw/__init__.py`, or the file
            `notebook`.
        assignment: folder that receives it, such as `assignments/cnn`.
        notebook: name of the notebook where the assignment's form is one.
        is_loose: whether the modules of `reference` are in no package, but lie in it.

    Returns the written files, sorted. Raises `AuthorError` with all problems found, and then writes none.
    """
    if notebook:
        made = {notebook: _student_notebook(reference / notebook)}
    else:
        made = _stubs(reference if is_loose else _package_of(reference), reference)
    targets = [assignment / name for name in made]
    for target, text in zip(targets, made.values(), strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return targets


def _stubs(home: Path, reference: Path) -> dict[str, str]:
    """The stub of each module below `home`, by its path in the reference."""
    stubs: dict[str, str] = {}
    problems: list[str] = []
    for path in sorted(home.rglob("*.py")):
        name = path.relative_to(reference).as_posix()
        try:
            stubs[name] = stub_of(path.read_text(encoding="utf-8"), where=name)
        except AuthorError as error:
            problems += error.problems
        else:
            problems += _import_problems(stubs[name], name)
    if problems:
        raise AuthorError(problems)
    return stubs


def _student_notebook(reference: Path) -> str:
    """The reference notebook without solutions, outputs, or a trace of whose machine it was made on."""
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
    about = {"metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}}, "nbformat": 4}
    student = nbformat.from_dict({**about, "nbformat_minor": 5, "cells": cells})  # type: ignore[no-untyped-call]
    try:
        nbformat.validate(student)
    except nbformat.ValidationError as error:
        raise AuthorError([f"{reference}: not a valid notebook ({error.message}); save it again in Jupyter"]) from None
    return nbformat.writes(student).rstrip("\n") + "\n"  # type: ignore[no-untyped-call, no-any-return]


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


def _package_of(reference: Path) -> Path:
    packages = sorted(init.parent for init in reference.glob("*/__init__.py"))
    if len(packages) != 1:
        names = ", ".join(path.name for path in packages) or "none"
        raise AuthorError([f"{reference}: needs exactly one package, has {names}; keep one folder with __init__.py"])
    return packages[0]


def _import_problems(stub: str, where: str) -> list[str]:
    """A block outside every function would stop the whole module at import, and with it every check of the module."""
    bodies = [node.body for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.Module | ast.ClassDef)]
    return [
        f"{where}:{node.lineno}: this stub raises at import, outside every function; give the block # STUB: lines"
        for body in bodies
        for node in body
        if isinstance(node, ast.Raise)
    ]
