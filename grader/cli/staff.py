"""What a teaching assistant does: grade a class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader.cli.options import (
    CORES,
    AssignmentArgument,
    Choice,
    Device,
    DeviceOption,
    JobsOption,
    SandboxOption,
    exit_code,
    open_sandbox,
    out,
)
from grader.errors import UsageError
from grader.limits import Level

if TYPE_CHECKING:
    from grader.report import Report


def grade(
    assignment: AssignmentArgument,
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
    with open_sandbox(sandbox, device, strangers=True) as glass:
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
        with progress(len(submissions)) as tell:

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
    raise typer.Exit(exit_code(reports))


@contextmanager
def progress(total: int) -> Iterator[ProgressLine]:
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
