"""What an instructor does: make expected values and the students' files, and look at the machine."""

from __future__ import annotations

import typer

from grader.cli.options import (
    CORES,
    AssignmentArgument,
    Choice,
    Device,
    DeviceOption,
    JobsOption,
    SandboxOption,
    open_sandbox,
    out,
)
from grader.errors import UsageError
from grader.limits import Level


def regenerate(
    assignment: AssignmentArgument,
    jobs: JobsOption = CORES,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Run all probes on the reference solution and save what they give as the expected values."""
    from grader.manifest import find_assignment

    folder = find_assignment(assignment)
    with open_sandbox(sandbox, device, strangers=False) as glass:
        from grader.assignment import load_assignment
        from grader.regeneration import regenerate as run
        from grader.terminal import print_regenerated

        loaded = load_assignment(folder)
        with out.status("running the reference"):
            results = run(loaded, glass, jobs=jobs, done=lambda name: out.print(f"ran: {name}", style="dim"))
        print_regenerated(out, results)
        out.print(f"expected values: {loaded.expected_folder.resolve()}", markup=False)


def stubs(
    assignment: AssignmentArgument,
) -> None:
    """Write the students' stubs from the reference solution's BEGIN SOLUTION / END SOLUTION markers."""
    from grader.manifest import find_assignment, read_manifest
    from grader.student_files import write_student_files

    folder = find_assignment(assignment)
    manifest = read_manifest(folder)
    if manifest.reference is None or not (folder / manifest.reference).is_dir():
        place = f" at {manifest.reference}" if manifest.reference else ""
        raise UsageError(f"{folder}: no reference solution{place}; correct reference = ... in assignment.toml")
    for path in write_student_files((folder / manifest.reference).resolve(), folder, manifest.notebook):
        out.print(f"wrote {path}", markup=False)


def doctor(sandbox: SandboxOption = Choice.AUTO) -> None:
    """Look at this machine: versions, devices, the sandbox level it gives, and live attempts to break out of it."""
    from grader.doctor import attempts, describe
    from grader.levels import best_level, why_not
    from grader.terminal import print_attempts, print_machine

    best, reason = best_level()
    print_machine(out, describe(), best, reason)
    level = best if sandbox is Choice.AUTO else Level(sandbox)
    if lacking := why_not(level):
        out.print(f"{level} is not to be had here: {lacking}", style="red", markup=False)
        raise typer.Exit(1)
    with out.status("trying to break out"):
        tried = attempts(level)
    print_attempts(out, level, tried)
    content = level is Level.SEPARATE and sandbox is not Choice.AUTO  # who asks for no protection misses none
    raise typer.Exit(int(not content and not all(each.blocked for each in tried)))
