"""`grader intake`: what downloads hold."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.cli.consoles import JsonOption, QuietOption, VerboseOption, notice, out, print_json, speak
from grader.cli.options import CalledOption, GroupsOption, RosterOption, SourcesArgument, WhoOption
from grader.core.errors import UsageError

if TYPE_CHECKING:
    from grader.core.submission import Submission
    from grader.submissions.intake import Plan


def intake(
    downloads: SourcesArgument,
    roster: RosterOption = None,
    groups: GroupsOption = None,
    who: WhoOption = None,
    called: CalledOption = None,
    assignment: Annotated[
        str | None, typer.Option(help="Also read each submission for this assignment, as `grade` would.")
    ] = None,
    write_who: Annotated[
        Path | None, typer.Option(help="Write the list for --who to this file, with the ids that are known.")
    ] = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what downloads hold: who submitted what, what is odd, and who is missing. Nothing is graded or run."""
    from grader.assignment.handout import Handout
    from grader.assignment.manifest import find_assignment, read_manifest
    from grader.files.atomic import write_whole
    from grader.pages.class_terminal import print_plan, print_plan_problems
    from grader.submissions.groups import read_groups
    from grader.submissions.intake import plan, refuse_unrecognised, total, who_rows
    from grader.submissions.roster import read_roster
    from grader.submissions.who_table import WhoTable, read_who, who_table

    speak(quiet=quiet, as_json=as_json)
    if write_who and write_who.exists():
        raise UsageError(f"{write_who}: already exists and may hold ids; name another file")
    folder = find_assignment(assignment) if assignment else None
    manifest = read_manifest(folder) if folder else None
    people = read_roster(roster) if roster else None
    members = read_groups(groups) if groups else None
    said = read_who(who) if who else WhoTable(write_who, {}) if write_who else None
    plans = [
        plan(each, roster=people, groups=members, who=said, manifest=manifest, assignment=called) for each in downloads
    ]
    whole = total(plans, roster=people, manifest=manifest)
    read: list[Submission] = []
    if folder and manifest:
        handout = Handout.of(folder, manifest)
        with tempfile.TemporaryDirectory(prefix="grader-intake-") as work, out.status("reading the submissions"):
            read = [entry.read(manifest, Path(work), handout) for entry in whole.entries]
    print_plan(out, whole, read=read)
    print_plan_problems(notice, whole, read=read, verbose=verbose)
    if as_json:
        print_json(_for_programs(whole, read))
    if not write_who:
        refuse_unrecognised(downloads, plans, said)
        return
    rows = who_rows(plans)
    write_whole(write_who, who_table(rows))
    unknown = sum(not id for _, id, _ in rows)
    notice.print(
        f"wrote {write_who}: {unknown} of {len(rows)} without an id; fill in `id`, then add --who", markup=False
    )


def _for_programs(plan: Plan, read: Sequence[Submission]) -> dict[str, Any]:
    submissions: list[dict[str, Any]] = [
        {
            "id": entry.id,
            "members": entry.members,
            "name": entry.name,
            "submitted_at": entry.submitted_at and entry.submitted_at.isoformat(),
            "late": entry.late,
            "files": [file.name or f"{file.node.name}/" for file in entry.files],
        }
        for entry in plan.entries
    ]
    for told, found in zip(submissions, read, strict=False):  # nobody was read where no assignment was named
        told |= {"found_in": found.place, "missing": found.missing, "notes": found.notes, "problem": found.problem}
    return {
        "layout": plan.layout,
        "submissions": submissions,
        "quarantined": [asdict(each) for each in plan.quarantined],
        "notes": plan.oddities,
        "not_submitted": [{"id": person.id, "name": person.name} for person in plan.missing],
    }
