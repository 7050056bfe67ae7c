"""The command line.

Exit codes: 0 done, 1 a check failed (`check` only), 2 it cannot be done as asked, 3 the grader itself failed.

Imports that bring torch stand inside the verbs, so that `--help` and a mistyped path answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader.errors import AuthorError, SandboxError, UsageError
from grader.limits import Level

if TYPE_CHECKING:
    from grader.report import Report
    from grader.sandbox import Sandbox

app = typer.Typer(help="Autograding for PyTorch homework.", no_args_is_help=True, add_completion=False)
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
SandboxOption = Annotated[Choice, typer.Option(help="Sandbox level; auto takes the best that this machine gives.")]
JobsOption = Annotated[int, typer.Option("-j", "--jobs", min=1, help="How many at a time; default: the cores.")]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    """Run the command line; every foreseen problem is one clear line, never a traceback."""
    try:
        app()
    except AuthorError as error:
        for problem in error.problems:
            err.print(problem, style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except UsageError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except OSError as error:
        err.print(f"{error.filename or 'the system'}: {error.strerror}", style="red", markup=False, soft_wrap=True)
        sys.exit(3)
    except SandboxError as error:
        err.print(f"the sandbox failed: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(3)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Your folder: the one that holds the package.")] = Path(),
    assignment: Annotated[str | None, typer.Option(help="The assignment; default: the nearest one upward.")] = None,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Run the public checks on your own folder."""
    from grader.manifest import find_assignment, nearest_assignment

    if not path.is_dir():
        raise UsageError(f"{path}: no such folder; name the folder that holds your package")
    folder = find_assignment(assignment) if assignment else nearest_assignment(path)
    with _sandbox(sandbox, device, strangers=False) as glass:
        from grader.assignment import load_assignment
        from grader.grading import grade, prepare
        from grader.handed_in import read_handed_in
        from grader.terminal import print_report

        loaded = load_assignment(folder)
        bench = prepare(loaded, loaded.public)
        read = read_handed_in(path.resolve(), loaded.manifest, id="you")
        with out.status("running the checks"):
            report = grade(bench, read, glass)
        print_report(out, report, staff=True)
    raise typer.Exit(_exit_code([report]) or int(report.points < report.max_points or bool(report.reason)))


@app.command()
def grade(
    assignment: Annotated[str, typer.Argument(help="A folder with an assignment.toml, or a name under assignments/.")],
    source: Annotated[Path, typer.Argument(help="The folder that holds one folder per student.")],
    results: Annotated[Path, typer.Option("--out", help="Where reports and grades go.")] = Path("results"),
    jobs: JobsOption = CORES,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Grade a folder of submissions: a report for each, and the gradebook."""
    from grader.manifest import find_assignment

    folder = find_assignment(assignment)
    if not source.is_dir():
        raise UsageError(f"{source}: no such folder; name the folder that holds one folder per student")
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{results}: no folder for results ({error.strerror}); name another with --out") from None
    with _sandbox(sandbox, device, strangers=True) as glass:
        from grader.assignment import load_assignment
        from grader.batch import find_submissions, folder_of, grade_batch
        from grader.grading import prepare
        from grader.html import class_page, student_page
        from grader.report import write_whole
        from grader.room import shown_by
        from grader.terminal import print_gradebook

        loaded = load_assignment(folder)
        bench = prepare(loaded, loaded.checks)
        for secret in (folder, loaded.expected_folder, source):
            if glass.level is Level.ISOLATED and (bound := shown_by(secret)):
                raise UsageError(f"{secret}: every room shows {bound}, so students could read it; move it elsewhere")
        submissions = find_submissions(source, bench, apart=results)
        others = [entry.name for entry in sorted(source.iterdir()) if not entry.is_dir()]
        if others:
            out.print(f"not folders, so not graded: {', '.join(others)}", style="yellow", markup=False)
        with _progress(len(submissions)) as tell:

            def done(report: Report, left: int) -> None:
                page = folder_of(results, report) / "report.html"
                write_whole(page, student_page(report).encode())
                tell(report, left)

            try:
                reports = grade_batch(bench, submissions, glass, results, jobs=jobs, done=done)
            except KeyboardInterrupt:
                out.print(f"stopped; every report that was finished is in {results}/students/", markup=False)
                raise typer.Exit(130) from None
        write_whole(results / "index.html", class_page(reports).encode())
        print_gradebook(out, reports)
        out.print(f"sandbox: {glass.level}, device: {glass.device}", markup=False)
        out.print(f"reports: {results}/index.html, {results}/students/, {results}/grades.csv", markup=False)
    raise typer.Exit(_exit_code(reports))


@app.command()
def regenerate(
    assignment: Annotated[str, typer.Argument(help="A folder with an assignment.toml, or a name under assignments/.")],
    jobs: JobsOption = CORES,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Run all probes on the reference solution and save what they give as the expected values."""
    from grader.manifest import find_assignment

    folder = find_assignment(assignment)
    with _sandbox(sandbox, device, strangers=False) as glass:
        from grader.assignment import load_assignment
        from grader.regeneration import regenerate as run
        from grader.terminal import print_regenerated

        loaded = load_assignment(folder)
        with out.status("running the reference"):
            results = run(loaded, glass, jobs=jobs, done=lambda name: out.print(f"ran: {name}", style="dim"))
        print_regenerated(out, results)
        out.print(f"expected values: {loaded.expected_folder.resolve()}", markup=False)


@app.command()
def stubs(
    assignment: Annotated[str, typer.Argument(help="A folder with an assignment.toml, or a name under assignments/.")],
) -> None:
    """Write the students' stubs from the reference solution's BEGIN SOLUTION / END SOLUTION markers."""
    from grader.manifest import find_assignment, read_manifest
    from grader.student_files import write_student_files

    folder = find_assignment(assignment)
    manifest = read_manifest(folder)
    if manifest.reference is None or not (folder / manifest.reference).is_dir():
        raise UsageError(f"{folder}: no reference solution; set reference = ... in assignment.toml")
    for path in write_student_files((folder / manifest.reference).resolve(), folder, manifest.notebook):
        out.print(f"wrote {path}", markup=False)


@app.command()
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


@contextmanager
def _sandbox(choice: Choice, device: Device, *, strangers: bool) -> Iterator[Sandbox]:
    """The sandbox asked for, said aloud. Its warm process starts here, before anything secret is loaded."""
    from grader.levels import best_level, why_not
    from grader.sandbox import Sandbox

    if choice is Choice.AUTO:
        level, reason = best_level()
        if strangers and level is Level.SEPARATE:
            raise UsageError(f"sandbox: this machine cannot shut strangers' code in ({reason}); see `grader doctor`, "
                             "or grade code that you trust with --sandbox separate")  # fmt: skip
    else:
        level = Level(choice)
        if reason := why_not(level):
            raise UsageError(f"sandbox: this machine cannot give {level}: {reason}; see `grader doctor`")
    if level is not Level.ISOLATED:
        danger = "; it stops no attack: grade only code that you trust" if strangers and level is Level.SEPARATE else ""
        out.print(f"sandbox: {level}{f' ({reason})' if reason else ''}{danger}", style="yellow", markup=False)
    with Sandbox(level, device=_device(device)) as glass:
        yield glass


def _device(wanted: Device) -> str:
    if wanted is Device.CPU:
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted is Device.CUDA:
        raise UsageError("--device cuda: torch finds no CUDA device here; use --device cpu or auto")
    return "cpu"


def _exit_code(reports: list[Report]) -> int:
    from grader.report import State

    return 3 if any(report.state is State.UNFINISHED for report in reports) else 0


@contextmanager
def _progress(total: int) -> Iterator[ProgressLine]:
    """Tells of finished submissions: a bar on a terminal, plain lines elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, disable=not out.is_terminal) as bar:
        yield ProgressLine(bar, total)


class ProgressLine:
    """One line on the way: how many are done, and who came last."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._total = total
        self._task = bar.add_task("grading", total=total)

    def __call__(self, report: Report, left: int) -> None:
        """Say that `report` is final and how many are left."""
        from grader.report import shown

        self._bar.update(self._task, completed=self._total - left)
        if not out.is_terminal:
            points = (
                f"{shown(report.points)} of {shown(report.max_points)}" if not report.reason else report.state.lower()
            )
            out.print(
                f"[{self._total - left}/{self._total}] {report.submission}: {points}", markup=False, highlight=False
            )
