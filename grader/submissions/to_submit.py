"""What a student submits: exactly the files that count, as they lie in the student's folder."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.manifest import Manifest
from grader.core.errors import UsageError
from grader.core.submission import Submission
from grader.files.notebooks import CELLS, NOTEBOOK_CAP
from grader.submissions.package import read_one_file
from grader.submissions.reading import read_submission

UNWRITTEN = "NotImplementedError"


@dataclass(frozen=True, slots=True)
class ToSubmit:
    """Files by their path in what is submitted, notes on what was left aside, and what is not written yet."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...]
    unwritten: tuple[str, ...]


def to_submit(folder: Path, manifest: Manifest, provided: Collection[str]) -> ToSubmit:
    """What is asked for, with the student's own modules and data beside it, but nothing that the course provides.

    `provided` are paths in the submission. Raises `UsageError` that lists all that is missing.
    """
    read = read_submission(folder, manifest, id="you")
    if read.problem:
        raise UsageError(f"{folder}: {read.problem}; nothing was packed")
    if read.missing:
        missing = ", ".join(_path(manifest, name) for name in read.missing)
        raise UsageError(f"{folder}: {missing}: not there, and asked for; nothing was packed")
    files = {_path(manifest, name): content for name, content in sorted(read.files.items()) if name != CELLS}
    if manifest.notebook:
        whole = read_one_file(folder, manifest.notebook, cap=NOTEBOOK_CAP, id="you", beside=manifest.is_mixed)
        (files[manifest.notebook],) = whole.files.values()
    files = {name: content for name, content in files.items() if name not in provided}
    return ToSubmit(files, read.notes, tuple(_unwritten(read, manifest)))


def _path(manifest: Manifest, name: str) -> str:
    return name if manifest.is_loose or name == manifest.notebook else f"{manifest.package}/{name}"


def _unwritten(read: Submission, manifest: Manifest) -> Iterator[str]:
    """Functions that still raise what a stub raises, and questions of a notebook that have no answer."""
    if manifest.notebook:
        for cell in json.loads(read.files[CELLS]):
            yield from (f"cell {cell['number']}:{line}: {name}" for name, line in _stubs(cell["source"]))
        yield from (f"the answer {each.id}" for each in manifest.questions if each.id not in read.answers)
    for path in manifest.files:
        if path.endswith(".py"):
            stubs = _stubs(read.files[path].decode(errors="replace"))
            yield from (f"{_path(manifest, path)}:{line}: {name}" for name, line in stubs)


def _stubs(source: str) -> Iterator[tuple[str, int]]:
    """The functions in a text that raise NotImplementedError, each with the line; none of what is not Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            raised = (each.exc for each in ast.walk(node) if isinstance(each, ast.Raise))
            if any(isinstance(part, ast.Name) and part.id == UNWRITTEN
                   for each in raised if each for part in ast.walk(each)):  # fmt: skip
                yield node.name, node.lineno
