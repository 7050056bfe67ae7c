"""What verbs share: options, the two consoles, and the sandbox that is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from grader.core.errors import UsageError
from grader.core.limits import Level

if TYPE_CHECKING:
    from grader.results.report import Report
    from grader.sandbox.sandbox import Sandbox

out = Console()
err = Console(stderr=True)


class Device(StrEnum):
    """Where probes that ask for a device run; `auto` is CUDA where there is one."""

    CPU = "cpu"
    CUDA = "cuda"
    AUTO = "auto"


class Choice(StrEnum):
    """The sandbox level asked for; `auto` is the best that the machine gives."""

    AUTO = "auto"
    ISOLATED = "isolated"
    RESTRICTED = "restricted"
    SEPARATE = "separate"


DeviceOption = Annotated[Device, typer.Option(help="Where checks that ask for a device run.")]
SandboxOption = Annotated[Choice, typer.Option(help="Sandbox level; auto takes the best that this machine supports.")]
JobsOption = Annotated[
    int, typer.Option("-j", "--jobs", min=1, help="How many to run at a time; default: one per core.")
]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
AssignmentArgument = Annotated[
    str, typer.Argument(help="A folder with an assignment.toml, or a name under assignments/.")
]

ResultsArgument = Annotated[Path, typer.Argument(help="The folder that `grader grade` wrote.")]
TargetOption = Annotated[Path, typer.Option("--out", help="The file to write.")]
SourceArgument = Annotated[Path, typer.Argument(help="The LMS download, or a folder with a folder for each student.")]
RosterOption = Annotated[
    Path | None, typer.Option(help="A CSV of everybody in the course; the LMS's gradebook works too.")
]
CalledOption = Annotated[
    str | None, typer.Option("--called", help="The assignment's name on the platform, if the download has several.")
]


@contextmanager
def open_sandbox(choice: Choice, device: Device, *, strangers: bool) -> Iterator[Sandbox]:
    """The sandbox asked for, printed. `strangers` is whether it is for code that nobody here trusts."""
    from grader.sandbox.sandbox import Sandbox

    with Sandbox(chosen_level(choice, strangers=strangers), device=chosen_device(device)) as sandbox:
        sandbox.wait()
        yield sandbox


def exit_code(reports: Sequence[Report]) -> int:
    """3 if the grader itself failed on any of them."""
    from grader.results.report import State

    return 3 if any(report.state is State.UNFINISHED for report in reports) else 0


def chosen_level(choice: Choice, *, strangers: bool) -> Level:
    """The sandbox level asked for, printed. `strangers` is whether it is for code that nobody here trusts."""
    from grader.sandbox.levels import best_level, why_not

    if choice is Choice.AUTO:
        level, reason = best_level()
        if strangers and level is Level.SEPARATE:
            raise UsageError(f"sandbox: this machine cannot contain strangers' code ({reason}); see `grader doctor`, "
                             "or grade code that you trust with --sandbox separate")  # fmt: skip
    else:
        level = Level(choice)
        if reason := why_not(level):
            raise UsageError(f"sandbox: this machine does not support {level}: {reason}; see `grader doctor`")
    if level is not Level.ISOLATED:
        danger = "; it stops no attack: grade only code that you trust" if strangers and level is Level.SEPARATE else ""
        out.print(f"sandbox: {level}{f' ({reason})' if reason else ''}{danger}", style="yellow", markup=False)
    return level


def chosen_device(wanted: Device) -> str:
    """The device as torch names it. Raises `UsageError`."""
    if wanted is Device.CPU:
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted is Device.CUDA:
        raise UsageError("--device cuda: torch finds no CUDA device here; use --device cpu or auto")
    return "cpu"
