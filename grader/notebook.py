"""Notebooks as data: an `.ipynb` read safely, its code as cells to run, its Markdown and saved figures for people.

Nothing is executed, no kernel is started, and no code is even parsed: hostile text can crash Python's own parser. Where
the code goes: `cells.json`, a list of {"number", "source", "tags"} (see `student_notebook`).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat

CELLS = "cells.json"
NOTEBOOK_CAP = 64 << 20  # with outputs, which are dropped before anything else is done
CODE_CAP = 1 << 20
CELLS_CAP = 500
FIGURES_CAP, FIGURE_BYTES = 60, 4 << 20
DEPTH_CAP = 60

_ANSWER = re.compile(r"<!--\s*answer:\s*([A-Za-z_][A-Za-z0-9_]*)\s*-->")


class UnreadableNotebook(Exception):
    """The file is no notebook that can be graded; its text says what a person should know."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its number from 1, counting all cells as a reader does, and its text."""

    number: int
    code: bool
    source: str
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook without its outputs; `figures` are the saved PNG images in order, bytes that nobody has looked at."""

    cells: tuple[Cell, ...]
    figures: tuple[bytes, ...]

    def answers(self) -> dict[str, str]:
        """What follows each `<!-- answer: question -->` in its Markdown cell. The first of a name counts."""
        found: dict[str, str] = {}
        for cell in self.cells:
            if not cell.code:
                parts = _ANSWER.split(cell.source)
                for question, text in zip(parts[1::2], parts[2::2], strict=True):
                    found.setdefault(question, text.strip())
        return found


def read_notebook(content: bytes) -> Notebook:
    """Read an `.ipynb` of any version of the format that nbformat can upgrade. Raises `UnreadableNotebook`."""
    if len(content) > NOTEBOOK_CAP:
        raise UnreadableNotebook(f"it is larger than {NOTEBOOK_CAP >> 20} MiB; clear its outputs and hand it in again")
    try:
        tree = json.loads(content.decode("utf-8-sig"), parse_constant=lambda _: None)
        figures = _drop_outputs(tree)
        if _depth(tree) > DEPTH_CAP:
            raise UnreadableNotebook("it is nested too deeply to be a notebook")
        upgraded = nbformat.convert(nbformat.from_dict(tree), 4)  # type: ignore[no-untyped-call]
        cells = [_cell(number, each) for number, each in enumerate(upgraded["cells"], start=1)]
    except UnreadableNotebook:
        raise
    except Exception as error:  # hostile bytes behind a library: whatever it raises, the file is not a notebook
        reason = "its JSON is damaged" if isinstance(error, ValueError) else f"it has no cells ({type(error).__name__})"
        raise UnreadableNotebook(f"it cannot be read as a notebook: {reason}; save it again and hand that in") from None
    if len(cells) > CELLS_CAP or sum(len(cell.source) for cell in cells) > CODE_CAP:
        raise UnreadableNotebook(f"it has more than {CELLS_CAP} cells or 1 MiB of text")
    return Notebook(tuple(cells), tuple(figures))


def code_of(notebook: Notebook) -> bytes:
    """The cells with code, as `cells.json`: what of them can run is found out where they run, not here."""
    cells = [
        {"number": cell.number, "source": cell.source, "tags": sorted(cell.tags)}
        for cell in notebook.cells
        if cell.code
    ]
    return json.dumps(cells).encode()


def _drop_outputs(tree: Any) -> list[bytes]:
    """Take every output out of the raw tree, of all versions of the format, and return the PNG images among them."""
    figures: list[bytes] = []
    worksheets = tree.get("worksheets") or [tree]
    for sheet in worksheets:
        for cell in sheet.get("cells", []):
            for output in cell.pop("outputs", []) if isinstance(cell, dict) else []:
                data = output.get("data", output) if isinstance(output, dict) else {}
                image = data.get("image/png", data.get("png")) if isinstance(data, Mapping) else None
                if image and len(figures) < FIGURES_CAP:
                    figures += _decoded(image)
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                cell["outputs"] = []
                cell["metadata"] = {"tags": (cell.get("metadata") or {}).get("tags", [])}
    return figures


def _decoded(image: object) -> list[bytes]:
    text = "".join(map(str, image)) if isinstance(image, list) else str(image)
    if len(text) > 2 * FIGURE_BYTES:
        return []
    try:
        return [base64.b64decode(re.sub(r"\s", "", text), validate=True)]
    except (binascii.Error, ValueError):
        return []


def _depth(tree: Any) -> int:
    depth, level = 0, [tree]
    while level and depth <= DEPTH_CAP:
        depth += 1
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(child, dict | list)
        ]
    return depth


def _cell(number: int, cell: Mapping[str, Any]) -> Cell:
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    tags = cell.get("metadata", {}).get("tags", [])
    return Cell(
        number,
        cell.get("cell_type") == "code",
        text.encode("utf-8", "replace").decode(),
        frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset(),
    )
