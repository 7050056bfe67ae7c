"""`grader stubs`: make the students' files from the reference solution."""

from __future__ import annotations

from grader.cli.consoles import notice, out
from grader.cli.options import AssignmentArgument
from grader.core.errors import UsageError


def stubs(
    assignment: AssignmentArgument,
) -> None:
    """Write the students' stubs from the reference solution's BEGIN SOLUTION / END SOLUTION markers."""
    from grader.assignment.manifest import find_assignment, read_manifest
    from grader.assignment.student_files import doubts, write_student_files

    folder = find_assignment(assignment)
    manifest = read_manifest(folder)
    if manifest.reference is None or not (folder / manifest.reference).is_dir():
        place = f" at {manifest.reference}" if manifest.reference else ""
        raise UsageError(f"{folder}: no reference solution{place}; correct reference = ... in assignment.toml")
    reference = (folder / manifest.reference).resolve()
    for path in write_student_files(reference, folder, manifest):
        out.print(f"wrote {path}", markup=False)
    for doubt in doubts(reference, manifest):
        notice.print(doubt, style="yellow", markup=False)
