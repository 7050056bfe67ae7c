"""`grader import-assets`: expected values from files of tensors that a course already has."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.consoles import out
from grader.cli.options import AssignmentArgument, Choice, Device, SandboxOption, open_sandbox


def import_assets(
    assignment: AssignmentArgument,
    imports: Annotated[
        list[str],
        typer.Argument(metavar="CHECK[CASE].VALUE=FILE[:KEY]...", help="Which value, and the file that it is in."),
    ],
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Make expected values of tensors saved before: .pt, .pth, .npy, .npz or .pkl files, read in the sandbox."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade

    folder = find_assignment(assignment)
    manifest_to_grade(folder)
    with open_sandbox(sandbox, Device.CPU, strangers=True) as opened:
        from grader.assignment.assignment import load_assignment
        from grader.assignment.expected import reference_folder
        from grader.authoring.imported import import_values, parsed

        loaded, wanted = load_assignment(folder), [parsed(each) for each in imports]
        opened.wait()
        for name in import_values(loaded, opened, wanted):
            out.print(f"imported: {name}", markup=False)
        if reference_folder(loaded):
            out.print(f"now run `grader regenerate {loaded.name}`: it compares the reference with these", markup=False)
