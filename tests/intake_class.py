"""A small class, and what its plan and its submissions should be, for tests of intake."""

import zipfile
from pathlib import Path

import pytest
from lms_downloads import Files, packed, put, zip_of

from grader.assignment.handout import NO_HANDOUT, Handout
from grader.assignment.manifest import Manifest
from grader.core.submission import Submission
from grader.submissions.intake import Plan, plan
from grader.submissions.pending import Entry

FORMS = pytest.mark.parametrize("form", ["folder", "zip", "own zip"])
MANIFEST = Manifest(title="t", form="package", package="hw", files=["cnn.py", "training.py"])
ONE_FILE = Manifest(title="t", form="package", package="hw", files=["cnn.py"])
NOTEBOOK = Manifest(title="t", form="notebook", package="hw", notebook="homework.ipynb")
CELLS = b'{"cells": [{"cell_type": "code", "metadata": {}, "source": "x = 1", "outputs": []}], "nbformat": 4}'


def work_of(id: str) -> Files:
    """What one student submits."""
    return {"hw/cnn.py": f"# cnn of {id}\n".encode(), "hw/training.py": b"# training\n", "hw/notes.txt": b"n"}


CLASS = {id: work_of(id) for id in ("12345", "23456", "34567")}
PLAN_OF_CLASS = {id: {Path(path).name: data for path, data in files.items()} for id, files in CLASS.items()}


def contents(found: Plan, work: Path, manifest: Manifest = MANIFEST) -> dict[str, dict[str, bytes]]:
    """The files of every entry, all of which can be read; nothing is left in the work folder."""
    read = {entry.id: entry.read(manifest, work) for entry in found.entries}
    assert {id: each.problem for id, each in read.items() if each.problem} == {}
    assert [each.id for each in read.values()] == list(read)
    assert not work.exists() or not list(work.iterdir())
    return {id: dict(each.files) for id, each in read.items()}


def read_in(
    form: str, files: Files, folder: Path, manifest: Manifest = MANIFEST, handout: Handout = NO_HANDOUT
) -> Submission:
    """One student's files as they are read: in a folder or a zip of their own, or in a zip of the class."""
    source = put(
        folder / "class", {"ada.zip": packed(files)} if form == "own zip" else {f"ada/{n}": files[n] for n in files}
    )
    source = zip_of(source, folder / "class.zip") if form == "zip" else source
    return only(plan(source, manifest=manifest)).read(manifest, folder / "work", handout)


def only(found: Plan) -> Entry:
    """The plan's one entry."""
    (entry,) = found.entries
    return entry


def reasons(found: Plan) -> dict[str, str]:
    """Why each name is in quarantine."""
    return {each.name: each.reason for each in found.quarantined}


def zip_with(archive: Path, *entries: tuple[str, bytes]) -> Path:
    """A zip of entries in this order, whatever their names; the same twice if asked."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries:
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    return archive


def only_reason(found: Plan) -> str:
    """The reason of the plan's one quarantined entry; there are no others."""
    assert not found.entries
    (each,) = found.quarantined
    assert each.submission().problem == each.reason
    return each.reason
