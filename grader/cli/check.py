"""`grader check`: a student's public checks, run in their own folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.consoles import JsonOption, QuietOption, notice, out, print_json, speak
from grader.cli.options import Choice, Device, DeviceOption, SandboxOption, exit_code, open_sandbox
from grader.core.errors import UsageError
from grader.core.without_collection import without_collection

if TYPE_CHECKING:
    from grader.assignment.assignment import Assignment


def check(
    path: Annotated[Path, typer.Argument(help="Your folder: the one that holds the package.")] = Path(),
    assignment: Annotated[
        str | None, typer.Option(help="The assignment; default: the nearest one at or above the folder.")
    ] = None,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run the public checks on your own folder."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade, nearest_assignment

    speak(quiet=quiet, as_json=as_json)
    if not path.is_dir():
        raise UsageError(f"{path}: no such folder; name the folder that holds your package")
    folder = find_assignment(assignment) if assignment else nearest_assignment(path)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    with open_sandbox(sandbox, device, strangers=False) as opened:
        with without_collection():
            from grader.assignment.assignment import load_assignment
            from grader.grading.session import Checks, Session
            from grader.pages.terminal import print_report
            from grader.results.report import for_programs
            from grader.submissions.reading import read_submission

        session = Session.of(opened, load_assignment(folder), checks=Checks.PUBLIC)
        opened.wait()
        read = read_submission(path.resolve(), session.assignment.manifest, id="you")
        with out.status("running the checks"):
            report = session.grade(read)
        print_report(notice, report, staff=True, only_problems=quiet)
        if session.lacks and not quiet:
            notice.print(session.lacks, style="dim", markup=False)
        if session.assignment.manifest.is_release and not quiet:
            for each in notes(session.assignment):
                notice.print(each, style="dim", markup=False)
    if as_json:
        print_json(for_programs(report))
    raise typer.Exit(exit_code([report]) or int(report.points < report.max_points or bool(report.reason)))


def notes(assignment: Assignment) -> Iterator[str]:
    """What a student should know of their folder of a release, beside the checks."""
    from grader.assignment.provided import edited
    from grader.checks.loading import own_checks
    from grader.releasing.seen import told_of_newer

    release = assignment.manifest.release
    for name in own_checks(assignment.folder, release.checks or ()):
        yield f"{name} is a check of your own, without expected values: it is not run"
    for name in edited(assignment.provided_files(), release.provided):
        yield f"{name} is not as it was given out: what you submit is run with the course's own"
    if newer := told_of_newer(assignment.folder, assignment.manifest):
        yield newer
