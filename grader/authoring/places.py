"""The texts of a submission by place: a file of the package, or `cell 5` of a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping

from grader.core.submission import Submission
from grader.files.notebooks import CELLS


def texts_of(submission: Submission) -> dict[str, str]:
    """All Python that is submitted."""
    if CELLS in submission.files:
        return {f"cell {each['number']}": each["source"] for each in json.loads(submission.files[CELLS])}
    return {name: content.decode("utf-8-sig") for name, content in submission.files.items() if name.endswith(".py")}


def with_texts(submission: Submission, changed: Mapping[str, str]) -> dict[str, bytes]:
    """Its files where some places have other texts."""
    if CELLS not in submission.files:
        return {**submission.files, **{place: text.encode() for place, text in changed.items()}}
    cells = json.loads(submission.files[CELLS])
    new = [{**each, "source": changed.get(f"cell {each['number']}", each["source"])} for each in cells]
    return {**submission.files, CELLS: json.dumps(new).encode()}


def with_cell(submission: Submission, source: str) -> dict[str, bytes]:
    """Its files with one more cell behind those of its notebook. Raises `ValueError` where it is a package."""
    if CELLS not in submission.files:
        raise ValueError("a package has no cells")
    cells = json.loads(submission.files[CELLS])
    cells.append({"number": cells[-1]["number"] + 1, "source": source, "tags": []})
    return {**submission.files, CELLS: json.dumps(cells).encode()}
