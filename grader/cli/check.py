"""`grader check`: a student's public checks, run in their own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.options import Choice, Device, DeviceOption, SandboxOption, chosen_device, chosen_level, exit_code, out
from grader.core.errors import UsageError


def check(
    path: Annotated[Path, typer.Argument(help="Your folder: the one that holds the package.")] = Path(),
    assignment: Annotated[
        str | None, typer.Option(help="The assignment; default: the nearest one at or above the folder.")
    ] = None,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Run the public checks on your own folder."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade, nearest_assignment

    if not path.is_dir():
        raise UsageError(f"{path}: no such folder; name the folder that holds your package")
    folder = find_assignment(assignment) if assignment else nearest_assignment(path)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    level = chosen_level(sandbox, strangers=False)
    from grader.grading.session import Checks, Session

    with Session.open(folder, level=level, checks=Checks.PUBLIC, device=chosen_device(device)) as session:
        from grader.pages.terminal import print_report
        from grader.submissions.reading import read_submission

        read = read_submission(path.resolve(), session.assignment.manifest, id="you")
        with out.status("running the checks"):
            report = session.grade(read)
        print_report(out, report, staff=True)
    raise typer.Exit(exit_code([report]) or int(report.points < report.max_points or bool(report.reason)))
