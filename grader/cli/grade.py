"""`grader grade`: a report for every submission of a class, and the gradebook."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.options import (
    CORES,
    AssignmentArgument,
    CalledOption,
    Choice,
    Device,
    DeviceOption,
    JobsOption,
    RosterOption,
    SandboxOption,
    SourceArgument,
    chosen_device,
    chosen_level,
    exit_code,
    out,
)
from grader.core import extras
from grader.core.errors import UsageError

if TYPE_CHECKING:
    from grader.assignment.assignment import Assignment
    from grader.grading.session import Session


def grade(
    assignment: AssignmentArgument,
    source: SourceArgument,
    results: Annotated[Path, typer.Option("--out", help="Where reports and grades go.")] = Path("results"),
    roster: RosterOption = None,
    called: CalledOption = None,
    only: Annotated[list[str] | None, typer.Option(help="Grade this id; may be given several times.")] = None,
    check: Annotated[list[str] | None, typer.Option(help="Run only this check again, for everybody.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run everything again.")] = False,
    late: Annotated[Path | None, typer.Option(help="A CSV: id, and days, handed_in or extension_days.")] = None,
    file_times: Annotated[
        bool, typer.Option("--file-times", help="Use the files' times where no better ones are known.")
    ] = False,
    jobs: JobsOption = CORES,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Grade a class: a report for each submission, and the gradebook. What is already graded is kept."""
    from grader.assignment.manifest import find_assignment
    from grader.grading.class_plan import Asked, make_results, plan_class
    from grader.pages.class_terminal import print_plan
    from grader.sandbox.levels import refuse_shown

    extras.require("grader grade", *extras.EXTRAS["notebook"])  # it renders answers and saved figures
    folder = find_assignment(assignment)
    plan = plan_class(folder, source, results, Asked(roster, called, late, file_times, only or ()))
    if plan.remembered:
        known = ", ".join(plan.remembered)
        out.print(f"known from the last run into {results}: {known}", style="dim", markup=False)
    level = chosen_level(sandbox, strangers=True)
    refuse_shown(level, *(path for path in (source, results, roster, late) if path))
    make_results(results)
    print_plan(out, plan.download, short=True)
    from grader.grading.session import Checks, Session

    with Session.open(folder, level=level, checks=Checks.ALL, device=chosen_device(device)) as session:
        from grader.cli.progress import progress
        from grader.grading.class_run import Pages, grade_class
        from grader.grading.grade import RerunRule
        from grader.pages.write import settle_class, student_pages

        rerun = RerunRule(force, _known(session.assignment, check))
        pages = Pages(partial(student_pages, results), partial(settle_class, results))
        try:
            with ThreadPoolExecutor(jobs) as pool, progress(session, len(plan.entries)) as listener:
                grade_class(session, plan, results, pool, pages=pages, listener=listener, rerun=rerun)
        except KeyboardInterrupt:
            _settle(results, session)
            out.print("stopped: what was finished is kept; run the same command again to resume", style="yellow")
            raise typer.Exit(130) from None
        code = _settle(results, session)
    raise typer.Exit(code)


def _known(loaded: Assignment, names: Sequence[str] | None) -> Sequence[str] | None:
    known = [check.name for check in loaded.checks]
    for name in names or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5) or known
            raise UsageError(f"--check {name}: there is no such check; name one of {', '.join(near)}")
    return names or None


def _settle(results: Path, session: Session) -> int:
    """Write the gradebook and the class's page, and print the result; the exit code."""
    from grader.pages.class_terminal import print_class
    from grader.pages.write import settle_class

    book, reports = settle_class(results)
    print_class(out, reports, book)
    out.print(f"sandbox: {session.sandbox.level}, device: {session.sandbox.device}", markup=False)
    places = ("index.html", "students/", "grades.csv", "gradebook.json")
    out.print(f"results: {', '.join(f'{results}/{place}' for place in places)}", markup=False)
    return exit_code(reports)
