"""What verbs share: options, and the sandbox that is asked for."""

from __future__ import annotations

import difflib
import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.consoles import notice
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.kernel.forks import FORKS

if TYPE_CHECKING:
    from grader.assignment.assignment import Assignment
    from grader.results.report import Report
    from grader.sandbox.sandbox import Sandbox


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

AnywayOption = Annotated[
    bool, typer.Option("--anyway", help="Also where a run did not end, or reports are by several versions.")
]
ResultsArgument = Annotated[Path, typer.Argument(help="The folder that `grader grade` wrote.")]
MarkerOption = Annotated[
    str | None, typer.Option("--marker", help="Who has given the points; default: your login name.", show_default=False)
]
TargetOption = Annotated[Path, typer.Option("--out", help="The file to write.")]
SourcesArgument = Annotated[
    list[Path],
    typer.Argument(metavar="DOWNLOAD...", help="LMS downloads, or folders with a folder for each student."),
]
RosterOption = Annotated[
    Path | None, typer.Option(help="A CSV of everybody in the course; the LMS's gradebook works too.")
]
GroupsOption = Annotated[
    Path | None, typer.Option(help="A CSV of who is in which group: group, id. Each member gets the group's grade.")
]
WhoOption = Annotated[
    Path | None,
    typer.Option(help="A CSV of whose each file or folder of the download is: file, id; it decides over their names."),
]
CalledOption = Annotated[
    str | None, typer.Option("--called", help="The assignment's name on the platform, if the download has several.")
]


@contextmanager
def open_sandbox(choice: Choice, device: Device, *, strangers: bool, secrets: Sequence[Path] = ()) -> Iterator[Sandbox]:
    """The sandbox asked for, printed. `strangers` is whether it is for code that nobody here trusts.

    It is still warming up: import torch meanwhile, as its warm process does, and then call `wait`. Raises `UsageError`
    where it would show one of the paths `secrets`.
    """
    from grader.sandbox.levels import refuse_shown
    from grader.sandbox.sandbox import Sandbox

    level = chosen_level(choice, strangers=strangers)
    refuse_shown(level, *secrets)
    with Sandbox(level, device=chosen_device(device)) as sandbox:
        yield sandbox


@contextmanager
def sole_writer(results: Path) -> Iterator[None]:
    """Write into a folder of results alone; where another may not be kept out, say so. Raises `UsageError`."""
    from grader.results.lock import only_writer

    with only_writer(results) as doubt:
        if doubt:
            notice.print(doubt, style="yellow", markup=False)
        yield


def login_name() -> str:
    """Who decides where nobody else is named. Raises `UsageError`."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without this user
        raise UsageError("--marker: your login name is not known here; say who has given the points") from None


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
        notice.print(f"sandbox: {level}{f' ({reason})' if reason else ''}{danger}", style="yellow", markup=False)
    return level


def chosen_device(wanted: Device) -> str:
    """The device as torch names it. Raises `UsageError`."""
    if wanted is Device.CPU or (wanted is Device.AUTO and not FORKS):
        return "cpu"
    from grader.sandbox.devices import gpus

    try:
        found = gpus()
    except UsageError:
        if wanted is Device.AUTO:
            return "cpu"
        raise
    names = ", ".join(gpu.name for gpu in found)
    notice.print(f"device: {names}", style="dim", markup=False, highlight=False)
    return "cuda"


def known_checks(assignment: Assignment, names: Sequence[str] | None) -> Sequence[str] | None:
    """The checks that are named, None for no names. Raises `UsageError` where there is no such check."""
    known = [check.name for check in assignment.checks]
    for name in names or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5) or known
            raise UsageError(f"--check {name}: there is no such check; name one of {', '.join(near)}")
    return names or None
