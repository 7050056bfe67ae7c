"""Notebooks as data: an `.ipynb` read safely, its code as cells to run, its Markdown for people.

Nothing is executed, no kernel is started, and no code is even parsed: hostile text can crash Python's own parser. Where
the code goes: `cells.json`, a list of {"number", "source", "tags"} (see `student_notebook`).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import itertools
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.core import extras
from grader.core.submission import SavedFigure
from grader.core.written import Written

CELLS = "cells.json"
ANSWER_TEMPLATE = "*Write your answer here.*"
NOTEBOOK_CAP = 64 << 20  # with outputs, which are dropped before anything else is done
CODE_CAP = 1 << 20
CELLS_CAP = 500
TAG_CAP = 100  # characters; a longer one means nothing
PARTS_CAP = 2_000_000
PRINTED_CAP = 4000  # characters of one cell's output
FIGURES_CAP = 24  # of one notebook
FIGURE_CAP = 4 << 20  # bytes

IN_CODE = "it stands in a code cell; make that a text cell (Markdown)"
BELOW = "it stands below its place; write it in the cell with the line `<!-- answer: ... -->`"
_ANSWER = re.compile(r"<!--\s*answer:\s*([A-Za-z_][A-Za-z0-9_]*)\s*-->")


class UnreadableNotebook(Exception):
    """The file is not a notebook that can be graded; the message says why."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its number from 1, counting all cells as a reader does, its text, and the text saved as its output."""

    number: int
    code: bool
    source: str
    tags: frozenset[str] = frozenset()
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook with what of its outputs a person may want to see: text, in short, and the first few figures."""

    cells: tuple[Cell, ...]
    figures: tuple[SavedFigure, ...] = ()

    def answers(self, given: Collection[str] | None = None) -> dict[str, Written]:
        """What was written after each `<!-- answer: question -->` in its cell. The first of a name counts.

        Where nothing was, the Markdown cells below do that are not among the `given` ones: the texts of the handout's.
        """
        found: dict[str, Written] = {}
        for position, cell in enumerate(self.cells):
            parts = _ANSWER.split(cell.source)
            for question, written in zip(parts[1::2], parts[2::2], strict=True):
                text = written.replace(ANSWER_TEMPLATE, "").strip()
                problem = IN_CODE if cell.code and text else ""
                if not text and (text := self._below(position, given)):
                    problem = BELOW
                found.setdefault(question, Written(text, problem) if text else Written(None, untouched=True))
        return found

    def _below(self, position: int, given: Collection[str] | None) -> str:
        """The text of the cells behind one, up to code or the place of another answer, without those `given`."""
        texts: list[str] = []
        for cell in self.cells[position + 1 :]:
            if given is None or cell.code or _ANSWER.search(cell.source):
                break
            texts += [] if cell.source.strip() in given else [cell.source.strip()]
        return "\n\n".join(texts)


def read_notebook(content: bytes) -> Notebook:
    """Read an `.ipynb` of any version of the format that nbformat can upgrade. Raises `UnreadableNotebook`."""
    with extras.needed_by("reading a notebook"):
        import nbformat
    if len(content) > NOTEBOOK_CAP:
        raise UnreadableNotebook(f"it is larger than {NOTEBOOK_CAP >> 20} MiB; clear its outputs and submit it again")
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > PARTS_CAP:  # each may take 100 bytes once it is read
        raise UnreadableNotebook("it has far too many parts; clear its outputs and submit it again")
    try:
        tree = json.loads(content.decode(_encoding(content)), parse_constant=lambda _: None)
        upgraded = nbformat.convert(nbformat.from_dict(_only_text(tree)), 4)  # type: ignore[no-untyped-call]
        printed = {number: _printed(cell) for number, cell in enumerate(tree.get("cells") or [], start=1)}
        cells = [_cell(number, each, printed) for number, each in enumerate(upgraded["cells"], start=1)]
        figures = tuple(itertools.islice(_figures(tree), FIGURES_CAP))
    except UnreadableNotebook:
        raise
    except Exception as error:  # hostile bytes behind a library: whatever it raises, the file is not a notebook
        reason = "its JSON is damaged" if isinstance(error, ValueError) else f"it has no cells ({type(error).__name__})"
        reason = next((said for is_so, said in _MADE_OTHERWISE if is_so(content)), reason)
        raise UnreadableNotebook(
            f"it cannot be read as a notebook: {reason}; save it again and submit that file"
        ) from None
    return Notebook(tuple(cells), figures)


_MADE_OTHERWISE: tuple[tuple[Callable[[bytes], object], str], ...] = (
    (lambda content: content.startswith(b"PK"), "it is a zip"),
    (lambda content: not content.strip(), "it is empty"),
    (lambda content: content.startswith(b"version https://git-lfs"), "it is a pointer of Git LFS (run `git lfs pull`)"),
    (re.compile(rb"^<{7} ", re.MULTILINE).search, "marks of a merge are in it (`<<<<<<<`; keep one of the versions)"),
)


def _encoding(content: bytes) -> str:
    return "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"


def without_answers(source: str) -> str:
    """The source of a Markdown cell with a line to replace in the place of each answer."""
    parts = _ANSWER.split(source)
    questions = [f"<!-- answer: {question} -->\n\n{ANSWER_TEMPLATE}" for question in parts[1::2]]
    return parts[0] + "\n\n".join(questions)


def code_of(notebook: Notebook) -> bytes:
    """The cells with code, as `cells.json`: what of them can run is found out where they run, not here."""
    cells = [
        {"number": cell.number, "source": cell.source, "tags": sorted(cell.tags)}
        for cell in notebook.cells
        if cell.code
    ]
    return json.dumps(cells).encode()


def as_script(cells: bytes) -> str:
    """What `code_of` gives as one Python file, each cell below a line with its number."""
    return "\n".join(f"# %% cell {each['number']}\n{each['source'].rstrip()}\n" for each in json.loads(cells))


def _only_text(tree: Any) -> dict[str, Any]:
    """A tree of the same version with the text and tags of its cells and nothing else: what is there to be large."""
    older = tree["nbformat"] < 4
    raw = [cell for sheet in tree["worksheets"] for cell in sheet["cells"]] if older else tree["cells"]
    if len(raw) > CELLS_CAP:
        raise UnreadableNotebook(f"it has more than {CELLS_CAP} cells")
    cells = []
    for each in raw:
        kind = str(each["cell_type"])
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {"tags": _tags(each)}}
        cell["input" if older and kind == "code" else "source"] = _text(each.get("input", each.get("source", "")))
        if kind == "code":
            cell["outputs"] = []
            cell["language" if older else "execution_count"] = "python" if older else None
        elif kind == "heading":
            cell["level"] = 1
        cells.append(cell)
    if sum(len(cell.get("source", cell.get("input", ""))) for cell in cells) > CODE_CAP:
        raise UnreadableNotebook(f"it has more than {CODE_CAP >> 20} MiB of text")
    about = {"nbformat": int(tree["nbformat"]), "nbformat_minor": 0, "metadata": {}}
    return {**about, "worksheets": [{"cells": cells, "metadata": {}}]} if older else {**about, "cells": cells}


def _printed(cell: Any) -> str:
    """The text among the outputs of a cell of version 4, cut short. What is of another shape is passed over."""
    found: list[str] = []
    for output in (cell.get("outputs") or [])[:100]:
        if isinstance(output, dict):
            data = _data(output)
            error = f"{output.get('ename', '')}: {output.get('evalue', '')}\n" if "ename" in output else ""
            found.append((_text(output.get("text", "")) or _text(data.get("text/plain", "")) or error)[:PRINTED_CAP])
    return "\n".join(part.rstrip("\n") for part in found if part)[:PRINTED_CAP]


def _figures(tree: Any) -> Iterator[SavedFigure]:
    """The pictures among the outputs of a notebook of version 4. What is not one is passed over."""
    for number, cell in enumerate(tree.get("cells") or [], start=1):
        for output in cell.get("outputs") or []:
            for kind in ("image/png", "image/jpeg") if isinstance(output, dict) else ():
                text = _text(_data(output).get(kind, ""))
                if 0 < len(text) <= FIGURE_CAP * 4 // 3:
                    with contextlib.suppress(binascii.Error, ValueError):
                        yield SavedFigure(number, base64.b64decode(text))
                        break


def _data(output: Mapping[str, Any]) -> Mapping[str, Any]:
    data = output.get("data")
    return data if isinstance(data, Mapping) else {}


def _tags(cell: Mapping[str, Any]) -> list[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return [tag for tag in tags[:20] if isinstance(tag, str) and len(tag) <= TAG_CAP] if isinstance(tags, list) else []


def _text(source: Any) -> str:
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.encode("utf-8", "replace").decode()


def _cell(number: int, cell: Mapping[str, Any], printed: Mapping[int, str]) -> Cell:
    tags = frozenset(cell["metadata"].get("tags", []))
    return Cell(number, cell["cell_type"] == "code", cell.get("source", ""), tags, printed.get(number, ""))
