"""The reference solution, read as a submission."""

from __future__ import annotations

from pathlib import PurePosixPath

from grader.assignment.assignment import Assignment
from grader.assignment.expected import reference_folder
from grader.core.errors import UsageError
from grader.core.submission import Submission
from grader.submissions.reading import read_submission


def read_reference(assignment: Assignment) -> Submission:
    """The reference solution, whole. Raises `UsageError` where there is none, or where a part of it is missing."""
    folder = reference_folder(assignment)
    if folder is None:
        place = assignment.manifest.reference or "reference = ... in assignment.toml"
        raise UsageError(f"{assignment.name}: no reference solution at {place}; write it, or correct the path")
    manifest = assignment.manifest
    read = read_submission(folder, manifest)
    if read.problem:
        raise UsageError(f"{folder}: {read.problem}; fix the reference solution")
    places = {file: str(PurePosixPath(manifest.package, file)) for file in manifest.files}
    absent = [places.get(file, file) for file in read.missing]
    if absent:
        raise UsageError(f"{folder}: there is no {', '.join(absent)}; write it, or correct files in assignment.toml")
    return read
