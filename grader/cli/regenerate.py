"""`grader regenerate`: make the expected values from the reference solution."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.consoles import out
from grader.cli.options import (
    CORES,
    AssignmentArgument,
    Choice,
    Device,
    DeviceOption,
    JobsOption,
    SandboxOption,
    open_sandbox,
)


def regenerate(
    assignment: AssignmentArgument,
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
    """Run all probes on the reference solution and save the results as the expected values."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade

    folder = find_assignment(assignment)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    with open_sandbox(sandbox, device, strangers=False) as opened:
        from grader.assignment.assignment import load_assignment
        from grader.grading.regenerate import regenerate as run
        from grader.pages.terminal import print_regenerated

        loaded = load_assignment(folder)
        opened.wait()
        with out.status("running the reference"):

            def ran(name: str) -> None:
                out.print(f"ran: {name}", style="dim")

            results = run(loaded, opened, jobs=jobs, done=ran, new_secrets=new_secrets, secrets=secrets)
        print_regenerated(out, results)
        out.print(f"expected values: {loaded.expected_folder.resolve()}", markup=False)
