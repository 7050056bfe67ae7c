"""`grader doctor`: look at the machine."""

from __future__ import annotations

from pathlib import Path

import typer

from grader.cli.options import Choice, SandboxOption, out
from grader.core.limits import Level


def doctor(sandbox: SandboxOption = Choice.AUTO) -> None:
    """Inspect this machine: versions, devices, the sandbox level it supports, and live attempts to break out of it."""
    from grader.doctor.doctor import attempts, describe
    from grader.doctor.namesakes import namesakes
    from grader.pages.terminal import print_attempts, print_machine
    from grader.sandbox.levels import best_level, why_not

    best, reason = best_level()
    print_machine(out, describe(), best, reason)
    for each in namesakes(Path.cwd()):
        out.print(each, style="bold yellow", markup=False, highlight=False)
    level = best if sandbox is Choice.AUTO else Level(sandbox)
    if lacking := why_not(level):
        out.print(f"{level} is not available here: {lacking}", style="red", markup=False)
        raise typer.Exit(1)
    with out.status("trying to break out"):
        tried = attempts(level)
    print_attempts(out, level, tried)
    content = level is Level.SEPARATE and sandbox is not Choice.AUTO  # no protection was asked for
    raise typer.Exit(int(not content and not all(each.blocked for each in tried)))
