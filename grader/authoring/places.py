"""The texts of a submission by place: a file of the package, or `cell 5` of a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.core.submission import Submission
from grader.files.notebooks import CELLS


def texts_of(submission: Submission) -> dict[str, str]:
    """All Python that is submitted."""
    modules = {name: content.decode("utf-8-sig") for name, content in submission.files.items() if name.endswith(".py")}
    cells = json.loads(submission.files.get(CELLS, b"[]"))
    return modules | {place_of(cell): cell["source"] for cell in cells}


def with_texts(submission: Submission, changed: Mapping[str, str]) -> dict[str, bytes]:
    """Its files where some places have other texts."""
    files = {**submission.files, **{place: text.encode() for place, text in changed.items() if place.endswith(".py")}}
    if CELLS in files:
        cells = json.loads(files[CELLS])
        new = [{**cell, "source": changed.get(place_of(cell), cell["source"])} for cell in cells]
        files[CELLS] = json.dumps(new).encode()
    return files


def with_cell(submission: Submission, source: str) -> dict[str, bytes]:
    """Its files with one more cell behind those of its notebook. Raises `ValueError` where it is a package."""
    if CELLS not in submission.files:
        raise ValueError("a package has no cells")
    cells = json.loads(submission.files[CELLS])
    cells.append({"number": cells[-1]["number"] + 1, "source": source, "tags": []})
    return {**submission.files, CELLS: json.dumps(cells).encode()}


def place_of(cell: Mapping[str, Any]) -> str:
    """What the place of a cell is called."""
    return f"cell {cell['number']}"
