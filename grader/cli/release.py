"""`grader release`: what students get, as a zip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.consoles import notice, out
from grader.cli.options import AssignmentArgument, Choice, Device, SandboxOption, open_sandbox
from grader.core.errors import UsageError
from grader.core.text import counted

if TYPE_CHECKING:
    from grader.releasing.release import Release
    from grader.results.report import Report


def release(
    assignment: AssignmentArgument,
    target: Annotated[Path | None, typer.Option("--out", help="The zip to write.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show the files, and a student's first run.")] = False,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Pack what students get: their files, public checks and expected values, and how to install this grader.

    It is searched for secrets and tried before it is written: the students' files earn nothing, the reference earns all
    points.
    """
    from grader.assignment.manifest import find_assignment, manifest_to_grade

    if target is None and not preview:
        raise UsageError("grader release: nothing to do; add --out NAME.zip, or --preview")
    folder = find_assignment(assignment)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    released, report = tried(folder, sandbox)
    from grader.files.atomic import write_whole
    from grader.pages.terminal import print_report

    if preview:
        for name, content in released.files.items():
            out.print(f"{len(content):>9,} {name}", highlight=False, markup=False)
        print_report(out, report, staff=True)
    if target:
        write_whole(target, released.zipped())
        version = released.assignment.manifest.release.version
        points = counted(released.points, "point")
        out.print(f"wrote {target}: version {version}, {len(released.files)} files, {points}", markup=False)


def tried(folder: Path, sandbox: Choice) -> tuple[Release, Report]:
    """The release of the assignment in `folder`, and the report on what students begin with; its notes are printed."""
    with open_sandbox(sandbox, Device.CPU, strangers=False) as opened:
        from grader.assignment.assignment import load_assignment
        from grader.releasing.release import release_of, try_release

        released = release_of(load_assignment(folder))
        with out.status("trying it as students would"):
            report = try_release(released, opened)
    for note in released.notes:
        notice.print(note, style="yellow", markup=False)
    return released, report
