"""`grader check`: a student's public checks, run in their own folder."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.consoles import JsonOption, QuietOption, notice, out, print_json, speak
from grader.cli.debugging import debug
from grader.cli.options import Choice, Device, DeviceOption, SandboxOption, exit_code, open_sandbox
from grader.cli.watching import watch
from grader.core.errors import UsageError
from grader.core.without_collection import without_collection

if TYPE_CHECKING:
    from grader.assignment.assignment import Assignment
    from grader.core.submission import Submission
    from grader.grading.session import Session
    from grader.grading.tasks import Task
    from grader.results.report import Report


def check(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER] [CHECK]...",
            help="Your folder: the one that holds the package; and checks, or check[case], if not all.",
        ),
    ] = None,
    assignment: Annotated[
        str | None, typer.Option(help="The assignment; default: the nearest one at or above the folder.")
    ] = None,
    expression: Annotated[
        str, typer.Option("-k", metavar="EXPR", help="Only checks with this in their name: 'forward and not plain'.")
    ] = "",
    first: Annotated[bool, typer.Option("-x", help="Stop at the first check that does not pass.")] = False,
    last_failed: Annotated[bool, typer.Option("--last-failed", help="Only what did not pass the last time.")] = False,
    watching: Annotated[
        bool, typer.Option("--watch", help="Stay, and run what a file touches each time that it is saved.")
    ] = False,
    debugging: Annotated[
        bool, typer.Option("--debug", help="Run one check's code at this terminal, where breakpoint() works.")
    ] = False,
    pdb: Annotated[bool, typer.Option("--pdb", help="With --debug: a debugger where the code raises.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Also write the report as a page, .grader/report.html.")] = False,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run the public checks on your own folder."""
    from grader.assignment.manifest import manifest_to_grade

    speak(quiet=quiet, as_json=as_json)
    if watching and as_json:
        raise UsageError("--watch shows results as files change; leave out --json")
    path, names, folder = _asked(what or [], assignment)
    manifest = manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    if debugging or pdb:
        if not debugging or len(names) != 1:
            raise UsageError("--debug: name one check, or one case: `grader check --debug NAME`, with or without --pdb")
        raise typer.Exit(debug(path, folder, manifest, names[0], start_pdb=pdb))
    failed = _failed(path)
    with open_sandbox(sandbox, device, strangers=False) as opened:
        with without_collection():
            from grader.assignment.assignment import load_assignment
            from grader.grading.selection import matching, named
            from grader.grading.session import Checks, Session
            from grader.grading.tasks import tasks_of
            from grader.submissions.reading import read_submission

        session = Session.of(opened, load_assignment(folder), checks=Checks.PUBLIC)
        tasks = named(tasks_of(session.context.checks), names)
        tasks = matching(tasks, expression) if expression else tasks
        tasks = _of_last_time(tasks, failed) if last_failed else tasks
        opened.wait()
        handout = session.assignment.given_out()
        read = read_submission(path, session.assignment.manifest, id="you", handout=handout)
        run = partial(_run, first=first)
        report = run(session.at(tasks), read)

        def show(read: Submission, report: Report) -> None:
            _show(session, path, read, report, quiet=quiet, rerun=_command(what or [], path, assignment))
            _keep(path, failed, report, html=html)

        show(read, report)
        if watching:
            report = watch(session, path, tasks, read, report, run=run, show=show)
    if as_json:
        print_json(_for_programs(path, read, report))
    raise typer.Exit(exit_code([report]) or int(report.points < report.max_points or bool(report.reason)))


def _asked(what: Sequence[str], assignment: str | None) -> tuple[Path, Sequence[str], Path]:
    """The student's folder, the names of checks, and the assignment's folder. Raises `UsageError`."""
    from grader.assignment.manifest import find_assignment, nearest_assignment

    is_folder = bool(what) and Path(what[0]).is_dir()
    path, names = (Path(what[0]).resolve(), what[1:]) if is_folder else (Path.cwd(), what)
    try:
        return path, names, find_assignment(assignment) if assignment else nearest_assignment(path)
    except UsageError:
        if names and not is_folder:
            raise UsageError(f"{what[0]}: no such folder; name the folder that holds your package") from None
        raise


def _failed(path: Path) -> tuple[str, ...]:
    """What did not pass the last time; where that is damaged it is told, and all is run."""
    from grader.results.last_check import read_failed

    try:
        return read_failed(path)
    except UsageError as damaged:
        notice.print(f"{damaged}; what failed last time is not known", style="yellow", markup=False, soft_wrap=True)
        return ()


def _of_last_time(tasks: list[Task], failed: Sequence[str]) -> list[Task]:
    chosen = [task for task in tasks if task.label in failed]
    if not chosen:
        notice.print("nothing is known to have failed last time: all checks are run", style="dim", markup=False)
    return chosen or tasks


def _run(session: Session, read: Submission, *, first: bool) -> Report:
    from grader.core.verdict import Outcome
    from grader.pages.check_terminal import print_verdict

    with out.status("running the checks"):
        return session.grade(
            read,
            step=lambda verdict: print_verdict(out, verdict),
            enough=lambda verdict: first and verdict.outcome is not Outcome.PASSED,
        )


def _show(session: Session, path: Path, read: Submission, report: Report, *, quiet: bool, rerun: str) -> None:
    from grader.core.text import counted
    from grader.pages.check_terminal import print_screen
    from grader.submissions.looked_at import looked_at

    left = 0 if report.reason else len(session.context.tasks) - len(report.verdicts)
    if left:  # who asks for a part asked for no word on all written answers
        report = replace(report, answers=())
    print_screen(notice, report, looked_at(path, read), rerun=rerun, brief=quiet)
    if left:
        notice.print(f"{counted(left, 'case')} did not run; `{rerun}` runs all", style="dim", markup=False)
    if session.lacks and not quiet:
        notice.print(session.lacks, style="dim", markup=False)
    if session.assignment.manifest.is_release and not quiet:
        for each in notes(session.assignment):
            notice.print(each, style="dim", markup=False)


def _keep(path: Path, failed: Sequence[str], report: Report, *, html: bool) -> None:
    from grader.results.last_check import remember, write_page

    try:
        remember(path, failed, report.verdicts)
    except OSError as error:
        notice.print(f"{path}: not remembered for --last-failed ({error.strerror})", style="dim", markup=False)
    if html:
        from grader.pages.html import student_page

        out.print(f"wrote {write_page(path, student_page(report))}", markup=False, soft_wrap=True)


def _command(what: Sequence[str], path: Path, assignment: str | None) -> str:
    """The command that runs all checks on the same folder, which is the current one or was named first."""
    folder = what[:1] if path != Path.cwd() else []
    return shlex.join(["grader", "check", *folder, *(["--assignment", assignment] if assignment else [])])


def _for_programs(path: Path, read: Submission, report: Report) -> dict[str, object]:
    from grader.results.report import for_programs
    from grader.submissions.looked_at import looked_at

    looked = looked_at(path, read)
    files = {name: saved and saved.isoformat() for name, saved in looked.files}
    return for_programs(report) | {"folder": str(looked.folder), "saved": files}


def notes(assignment: Assignment) -> Iterator[str]:
    """What a student should know of their folder of a release, beside the checks."""
    from grader.assignment.provided import edited
    from grader.checks.loading import own_checks
    from grader.releasing.seen import told_of_newer

    release = assignment.manifest.release
    for name in own_checks(assignment.folder, release.checks or ()):
        yield f"{name} is a check of your own, without expected values: it is not run"
    for name in edited(assignment.provided, release.provided):
        yield f"{name} is not as it was given out: what you submit is run with the course's own"
    if newer := told_of_newer(assignment.folder, assignment.manifest):
        yield newer
