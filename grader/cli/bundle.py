"""`grader bundle`: an assignment to be graded elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.consoles import out
from grader.cli.options import AssignmentArgument, Choice
from grader.core.limits import Level


class Host(StrEnum):
    """Where a bundle grades."""

    GRADESCOPE = "gradescope"
    GITHUB = "github"


def bundle(
    host: Annotated[Host, typer.Argument(help="The platform that grades.")],
    assignment: AssignmentArgument,
    target: Annotated[
        Path, typer.Option("--out", help="The zip to write; for github, the repository that students start from.")
    ],
    sandbox: Annotated[
        Level, typer.Option(help="The lowest sandbox level to accept on Gradescope.")
    ] = Level.RESTRICTED,
) -> None:
    """Pack an assignment to be graded elsewhere: an autograder for Gradescope, a repository for GitHub Classroom."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade

    folder = find_assignment(assignment)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    if host is Host.GITHUB:
        from grader.cli.release import tried

        release, _ = tried(folder, Choice.AUTO)
        from grader.integrations.bundle import bundle_github

        paths = bundle_github(release, target)
        out.print(f"wrote {target}: {len(paths)} files, for students to start from", markup=False)
        return
    from grader.integrations.bundle import bundle_gradescope

    names = bundle_gradescope(folder, target, lowest=sandbox)
    out.print(f"wrote {target}: {len(names)} files, with the hidden checks; it is for staff only", markup=False)
