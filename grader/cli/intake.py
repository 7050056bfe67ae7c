"""`grader intake`: what a download holds."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.options import CalledOption, RosterOption, SourceArgument, out


def intake(
    source: SourceArgument,
    roster: RosterOption = None,
    called: CalledOption = None,
    assignment: Annotated[str | None, typer.Option(help="Used to tell a single submission from a class.")] = None,
) -> None:
    """Show what a download holds: who submitted what, what is odd, and who is missing. Nothing is graded."""
    from grader.assignment.manifest import find_assignment, read_manifest
    from grader.pages.class_terminal import print_plan
    from grader.submissions.intake import plan
    from grader.submissions.roster import read_roster

    manifest = read_manifest(find_assignment(assignment)) if assignment else None
    people = read_roster(roster) if roster else None
    print_plan(out, plan(source, roster=people, manifest=manifest, assignment=called))
