"""`grader grade`: a report for every submission of a class, and the gradebook."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from grader.cli.cluster import CertificatesOption, ClusterOption, ConfigOption, graders, workers
from grader.cli.consoles import JsonOption, QuietOption, VerboseOption, notice, out, speak
from grader.cli.options import (
    CORES,
    AnywayOption,
    AssignmentArgument,
    CalledOption,
    Choice,
    Device,
    DeviceOption,
    GroupsOption,
    JobsOption,
    RosterOption,
    SandboxOption,
    SourcesArgument,
    WhoOption,
    chosen_device,
    chosen_level,
    exit_code,
    known_checks,
    sole_writer,
)
from grader.core import extras
from grader.core.limits import Level
from grader.core.text import counted
from grader.core.without_collection import without_collection

if TYPE_CHECKING:
    from grader.cluster.connection import Address
    from grader.cluster.slurm import SlurmJobs
    from grader.grading.class_plan import ClassPlan
    from grader.grading.unchanged import Page
    from grader.results.gradebook import Gradebook
    from grader.results.history import Run
    from grader.results.marks import InShort
    from grader.results.report import Illustrations, Report


def grade(
    assignment: AssignmentArgument,
    downloads: SourcesArgument,
    results: Annotated[Path, typer.Option("--out", help="Where reports and grades go.")] = Path("results"),
    roster: RosterOption = None,
    groups: GroupsOption = None,
    who: WhoOption = None,
    called: CalledOption = None,
    only: Annotated[list[str] | None, typer.Option(help="Grade this id; may be given several times.")] = None,
    check: Annotated[list[str] | None, typer.Option(help="Run only this check again, for everybody.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run everything again.")] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Leave out of the class what only earlier downloads had; else it is kept.")
    ] = False,
    late: Annotated[Path | None, typer.Option(help="A CSV: id, and days, handed_in or extension_days.")] = None,
    file_times: Annotated[
        bool, typer.Option("--file-times", help="Use the files' times where no better ones are known.")
    ] = False,
    student_text: Annotated[
        bool | None,
        typer.Option(
            "--student-text/--no-student-text",
            help="Whether students are shown what they wrote: messages of their code, output, answers, figures; "
            "default: as in the last run, at first yes.",
        ),
    ] = None,
    anyway: AnywayOption = False,
    jobs: JobsOption = CORES,
    cluster: ClusterOption = None,
    cluster_certs: CertificatesOption = None,
    cluster_config: ConfigOption = None,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Grade a class: a report for each submission, and the gradebook. What is already graded is kept."""
    from grader.assignment.manifest import find_assignment
    from grader.grading.class_plan import Asked, make_results, plan_class, record_class
    from grader.grading.secrets import secrets_of
    from grader.grading.unchanged import Origin, keep_unchanged
    from grader.pages.class_terminal import print_earlier, print_plan, print_plan_problems
    from grader.pages.write import write_student_page
    from grader.results.decisions import read_decisions
    from grader.results.folder import read_class
    from grader.results.gradebook_files import to_json
    from grader.results.history import attempts_in, read_runs
    from grader.results.judged import FILES
    from grader.results.one_version import refuse_doubtful
    from grader.sandbox.levels import refuse_shown

    extras.require("grader grade", *extras.EXTRAS["notebook"])  # it renders answers and saved figures
    speak(quiet=quiet, as_json=as_json)
    cluster_asked = workers(cluster, cluster_certs, cluster_config, sandbox)
    folder = find_assignment(assignment)
    asked = Asked(roster, groups, who, called, late, file_times, only or (), student_text, drop)
    plan = plan_class(folder, downloads, results, asked)
    if plan.remembered:
        remembered = ", ".join(plan.remembered)
        out.print(f"known from the last run into {results}: {remembered}", style="dim", markup=False)
    level = chosen_level(sandbox, strangers=True)
    kept = (results, results / "students", results / FILES)
    refuse_shown(level, *secrets_of(folder, *downloads, *kept, roster, groups, who, late, cluster_certs))
    make_results(results)
    print_plan(out, plan.download, short=True)
    print_plan_problems(out, plan.download, verbose=verbose)
    print_earlier(out, plan.kept, plan.replaced, verbose=verbose)
    place = Place(level, chosen_device(device))
    with sole_writer(results):
        runs = read_runs(results)  # where they cannot be read, that is told before anything is run
        decisions, attempts = read_decisions(results), attempts_in(runs)
        known: dict[str, InShort] = {}

        def page(report: Report, shown: Illustrations) -> None:
            known[report.submission_id] = write_student_page(
                results, plan.record, report, shown, decisions=decisions, attempts=attempts
            )

        record_class(plan, results)
        try:
            if not force and not check:
                rest = keep_unchanged(plan, results, Origin.of(folder, place.level, place.device), page)
                _tell_kept(len(plan.entries) - len(rest.entries))
                plan = rest
            if plan.entries or plan.aside:
                _grade(folder, plan, results, place, page, jobs, cluster_asked, force=force, check=check)
        except KeyboardInterrupt:
            _settle(results, runs, known, place, anyway=anyway, verbose=verbose)
            notice.print("stopped: what was finished is kept; run the same command again to resume", style="yellow")
            raise typer.Exit(130) from None
        book, code = _settle(results, runs, known, place, anyway=anyway, verbose=verbose)
    if as_json:
        sys.stdout.write(to_json(book).decode())
    if not anyway:
        refuse_doubtful(results, read_class(results), book)
    raise typer.Exit(code)


class Place(NamedTuple):
    """Where checks run."""

    level: Level
    device: str


def _tell_kept(submissions: int) -> None:
    if submissions:
        out.print(f"kept: {counted(submissions, 'submission')} for which nothing has changed", markup=False)


def _grade(
    folder: Path,
    plan: ClassPlan,
    results: Path,
    place: Place,
    page: Page,
    jobs: int,
    cluster_asked: Address | SlurmJobs | None,
    *,
    force: bool,
    check: Sequence[str] | None,
) -> None:
    from grader.sandbox.sandbox import Sandbox

    with Sandbox(place.level, device=place.device) as sandbox:  # it warms up while torch is imported here
        with without_collection():
            from grader.assignment.assignment import load_assignment
            from grader.cli.progress import progress
            from grader.grading.class_run import grade_class
            from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule
            from grader.grading.outdated import outdated
            from grader.grading.session import Checks, Session
            from grader.pages.class_terminal import print_outdated
            from grader.pages.write import settle_class
            from grader.results.folder import read_report

        session = Session.of(sandbox, load_assignment(folder), checks=Checks.ALL)
        sandbox.wait()
        if session.lacks:
            out.print(session.lacks, style="dim", markup=False)
        rerun = RerunRule(force, known_checks(session.assignment, check))
        if rerun == RUN_WHAT_CHANGED:
            before = (read_report(results, entry.id) for entry in plan.entries)
            print_outdated(out, outdated(session, (report for report in before if report)))
        with (
            graders(session, cluster_asked, jobs) as those,
            ThreadPoolExecutor(those.jobs) as pool,
            progress(session, len(plan.entries)) as listener,
        ):
            grade_class(
                those.session,
                plan,
                results,
                pool,
                page=page,
                whole=partial(settle_class, results),
                listener=listener,
                rerun=rerun,
                before_public=partial(_evict, place.level),
            )


def _evict(level: Level) -> None:
    """Keep what hidden checks of earlier runs may have written into the page cache from the public ones of this run."""
    if level is not Level.SEPARATE:  # which promises nothing
        from grader.sandbox.page_cache import evict
        from grader.sandbox.room import shown

        out.print(f"page cache: evicted {evict(shown())}", style="dim", markup=False, highlight=False)


def _settle(
    results: Path, runs: Sequence[Run], known: Mapping[str, InShort], place: Place, *, anyway: bool, verbose: bool
) -> tuple[Gradebook, int]:
    """Write the gradebook, the class's page and a line for this run; print the result. The gradebook, the exit code."""
    from grader.pages.class_terminal import print_class, print_class_problems
    from grader.pages.write import settle_class
    from grader.results.history import add_run

    book, reports = settle_class(results, anyway=anyway, known=known)
    add_run(results, runs, "grade", book, reports)
    print_class(out, reports, book)
    print_class_problems(notice, reports, book, verbose=verbose)
    out.print(f"sandbox: {place.level}, device: {place.device}", markup=False)
    places = ("index.html", "students/", "grades.csv", "gradebook.json")
    notice.print(f"results: {', '.join(f'{results}/{each}' for each in places)}", markup=False)
    return book, exit_code(reports)
