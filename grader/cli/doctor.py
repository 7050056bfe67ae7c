"""`grader doctor`: look at the machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from grader.cli.consoles import JsonOption, QuietOption, notice, out, print_json, speak
from grader.cli.options import Choice, SandboxOption
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.kernel.forks import FORKS


def doctor(sandbox: SandboxOption = Choice.AUTO, quiet: QuietOption = False, as_json: JsonOption = False) -> None:
    """Inspect this machine: versions, devices, the sandbox level it supports, and live attempts to break out of it."""
    if not FORKS:
        raise UsageError("grader doctor: it tries the walls around students' code, and there are none without Linux")
    from grader.doctor.doctor import attempts, describe
    from grader.doctor.namesakes import namesakes
    from grader.pages.terminal import print_attempts, print_machine
    from grader.sandbox.levels import best_level, why_not

    speak(quiet=quiet, as_json=as_json)
    machine, (best, reason), others = describe(), best_level(), namesakes(Path.cwd())
    found = {"machine": machine, "best": best, "why_no_better": reason, "namesakes": others}
    print_machine(out, machine, best, reason)
    for each in others:
        notice.print(each, style="bold yellow", markup=False, highlight=False)
    level = best if sandbox is Choice.AUTO else Level(sandbox)
    if lacking := why_not(level):
        notice.print(f"{level} is not available here: {lacking}", style="red", markup=False)
        if as_json:
            print_json({**found, "level": level, "lacking": lacking, "attempts": []})
        raise typer.Exit(1)
    with out.status("trying to break out"):
        tried = attempts(level)
    print_attempts(notice, level, tried, only_open=quiet)
    if as_json:
        print_json({**found, "level": level, "lacking": None, "attempts": [asdict(each) for each in tried]})
    content = level is Level.SEPARATE and sandbox is not Choice.AUTO  # no protection was asked for
    raise typer.Exit(int(not content and not all(each.blocked for each in tried)))
