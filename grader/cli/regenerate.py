"""`grader regenerate`: make the expected values from the reference solution."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from grader.cli.consoles import notice, out
from grader.cli.options import (
    CORES,
    AssignmentArgument,
    Choice,
    Device,
    DeviceOption,
    JobsOption,
    SandboxOption,
    known_checks,
    open_sandbox,
)
from grader.core.errors import UsageError


def regenerate(
    assignment: AssignmentArgument,
    check: Annotated[list[str] | None, typer.Option(help="Only this check; may be given several times.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; exit with 1 where something would change.")
    ] = False,
    new_secrets: Annotated[
        bool, typer.Option("--new-secrets", help="Draw other secret seeds: once for a course, and when one got out.")
    ] = False,
    secrets: Annotated[
        int | None, typer.Option(min=1, help="So many secret seeds for each check; as many as it has, or one.")
    ] = None,
    jobs: JobsOption = CORES,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Run all probes on the reference solution, show what changes, and save it as the expected values.

    With another device than the CPU, which those are of: save beside them how far it is off.
    """
    from grader.assignment.manifest import find_assignment, manifest_to_grade

    folder = find_assignment(assignment)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    with open_sandbox(sandbox, device, strangers=False) as opened:
        from grader.assignment.assignment import load_assignment
        from grader.grading.measure import measure
        from grader.grading.regenerate import regenerate as run
        from grader.grading.renewal import Change
        from grader.pages.terminal import print_regenerated, print_wider

        loaded = load_assignment(folder)
        only = known_checks(loaded, check) or ()
        opened.wait()
        if opened.device != "cpu":
            if new_secrets or secrets:
                raise UsageError("--new-secrets, --secrets: they are drawn on the CPU; leave out --device")
            with out.status("running the reference"):
                wider = measure(loaded, opened, jobs=jobs, done=_tell, only=only, dry_run=dry_run)
            print_wider(out, wider, opened.device)
            return
        with out.status("running the reference"):
            results = run(
                loaded,
                opened,
                jobs=jobs,
                done=_tell,
                new_secrets=new_secrets,
                secrets=secrets,
                only=only,
                show=partial(print_regenerated, out),
                dry_run=dry_run,
            )
    if not dry_run:
        out.print(f"expected values: {loaded.expected_folder.resolve()}", markup=False)
    elif any(each.change is not Change.UNCHANGED for each in results):
        notice.print("nothing was written; to write it, leave out --dry-run", markup=False)
        raise typer.Exit(1)


def _tell(name: str) -> None:
    out.print(f"ran: {name}", style="dim")
