"""`grader grade`: a report for every submission of a class, and the gradebook."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Sequence
from dataclasses import replace
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
    exit_code,
    open_sandbox,
    out,
)
from grader.core import extras
from grader.core.errors import UsageError
from grader.core.limits import Level

if TYPE_CHECKING:
    from grader.assignment.assignment import Assignment
    from grader.assignment.manifest import Manifest
    from grader.grading.batch import Again
    from grader.grading.grade import Bench
    from grader.results.folder import Class
    from grader.sandbox.sandbox import Sandbox
    from grader.submissions.intake import Plan
    from grader.submissions.pending import Entry


def grade(
    assignment: AssignmentArgument,
    source: SourceArgument,
    results: Annotated[Path, typer.Option("--out", help="Where reports and grades go.")] = Path("results"),
    roster: RosterOption = None,
    called: CalledOption = None,
    only: Annotated[list[str] | None, typer.Option(help="Grade this id; may be given several times.")] = None,
    check: Annotated[list[str] | None, typer.Option(help="Run this check again for everybody, and no other.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run everything again.")] = False,
    late: Annotated[Path | None, typer.Option(help="A CSV: id, and days, handed_in or extension_days.")] = None,
    file_times: Annotated[
        bool, typer.Option("--file-times", help="Go by files' times where no better are known.")
    ] = False,
    jobs: JobsOption = CORES,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Grade a class: a report for each submission, and the gradebook. What is graded already is kept."""
    from grader.assignment.manifest import find_assignment, read_manifest
    from grader.pages.class_terminal import print_plan
    from grader.submissions.intake import plan as plan_of
    from grader.submissions.roster import read_roster

    extras.require("grader grade", *extras.EXTRAS["notebook"])  # it renders answers and saved figures
    folder = find_assignment(assignment)
    manifest = read_manifest(folder)
    before = _before(results, folder.name)
    people = read_roster(roster) if roster else before.roster if before else None
    plan = plan_of(source, roster=people, manifest=manifest, assignment=called, apart=results)
    graded = _class(folder, manifest, plan, late, before)
    graded = replace(graded, names=plan.names(people))
    graded = replace(graded, roster=people, by_file_times=file_times or bool(before and before.by_file_times))
    entries = _chosen(plan, only or [])
    entries = [entry.dated() for entry in entries] if graded.by_file_times else entries
    _make(results)
    print_plan(out, plan, short=True)
    with open_sandbox(sandbox, device, strangers=True) as glass:
        from grader.assignment.assignment import load_assignment
        from grader.grading.batch import Again
        from grader.grading.grade import prepare
        from grader.results.folder import save_class

        loaded = load_assignment(folder)
        again = Again(force, _known(loaded, check))
        _refuse_shown_secrets(glass, folder, loaded.expected_folder, source)
        bench = prepare(loaded, loaded.checks)
        save_class(results, graded)
        try:
            _grade(bench, entries, plan if not only else None, graded, glass, results, jobs, again)
        except KeyboardInterrupt:
            _settle(results, glass)
            out.print("stopped: what was finished is kept, and the same command goes on from there", style="yellow")
            raise typer.Exit(130) from None
        finally:
            _clear(results)
        code = _settle(results, glass)
    raise typer.Exit(code)


def _before(results: Path, assignment: str) -> Class | None:
    """What an earlier run into the same folder knows of the class; nothing where there was none."""
    from grader.results.folder import read_class

    try:
        before = read_class(results)
    except UsageError:
        return None
    if before.assignment != assignment:
        raise UsageError(f"{results}: has the results of {before.assignment}; name another folder with --out")
    said = {"roster": before.roster, "late list": before.late, "file times": before.by_file_times}
    if known := [name for name, value in said.items() if value]:
        out.print(f"known from the last run into {results}: {', '.join(known)}", style="dim", markup=False)
    return before


def _class(folder: Path, manifest: Manifest, plan: Plan, late: Path | None, before: Class | None) -> Class:
    from grader.results.folder import Class
    from grader.results.lateness import read_late

    words = read_late(late) if late else before.late if before else {}
    if words and manifest.late is None:
        said = late or "the late list of the last run"
        raise UsageError(
            f"{folder}/assignment.toml: it has no [late], so {said} says nothing; add it, or give an empty list"
        )
    whose = {entry.id: entry.members for entry in plan.entries} | {each.name: each.claimed for each in plan.quarantined}
    missing = tuple(person.id for person in plan.missing)
    title, names = manifest.title, tuple(sorted(whose))
    return Class(folder.name, title, names, missing, manifest.late, words, members=whose)


def _chosen(plan: Plan, only: Sequence[str]) -> list[Entry]:
    """The entries of the ids that are asked for, or of a member of theirs; all without any."""
    entries = {id: entry for entry in plan.entries for id in (*entry.members, entry.id)}
    for id in only:
        if id not in entries:
            raise UsageError(f"--only {id}: {_why_not_there(id, plan, list(entries))}")
    return [entry for entry in plan.entries if not only or {entry.id, *entry.members} & set(only)]


def _why_not_there(id: str, plan: Plan, ids: Sequence[str]) -> str:
    if any(person.id == id for person in plan.missing):
        return "is in the roster, but handed in nothing; leave it out"
    set_aside = next((each.reason for each in plan.quarantined if id in (each.name, *each.claimed)), None)
    if set_aside:
        return f"is quarantined: {set_aside}"
    near = ", ".join(difflib.get_close_matches(id, ids, 3, 0.5))
    return f"nobody is called so; {f'near: {near}' if near else 'see `grader intake`'}"


def _known(loaded: Assignment, names: Sequence[str] | None) -> Sequence[str] | None:
    known = [check.name for check in loaded.checks]
    for name in names or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5) or known
            raise UsageError(f"--check {name}: there is no such check; name one of {', '.join(near)}")
    return names or None


def _make(results: Path) -> None:
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{results}: no folder for results ({error.strerror}); name another with --out") from None
    _clear(results)  # of a run that was killed


def _clear(results: Path) -> None:
    """Remove what only a run needs, and nothing that may be anybody else's."""
    from grader.results.folder import UNPACKED

    shutil.rmtree(results / UNPACKED, ignore_errors=True)


def _refuse_shown_secrets(glass: Sandbox, *secrets: Path) -> None:
    from grader.sandbox.room import shown_by

    for secret in secrets:
        if glass.level is Level.ISOLATED and (bound := shown_by(secret)):
            raise UsageError(f"{secret}: every room shows {bound}, so students could read it; move it elsewhere")


def _grade(
    bench: Bench,
    entries: Sequence[Entry],
    plan: Plan | None,
    graded: Class,
    glass: Sandbox,
    results: Path,
    jobs: int,
    again: Again,
) -> None:
    """Grade the entries, and of a whole plan write the reports on what is quarantined."""
    from functools import partial

    from grader.cli.progress import progress
    from grader.grading.batch import Watch, grade_batch, set_aside
    from grader.grading.observe import tasks_of
    from grader.pages.write import settle_class, write_student_page
    from grader.results.manual import read_stored

    page = partial(write_student_page, results, graded, scores=read_stored(results))
    set_aside(bench, plan.quarantined if plan else (), glass, results, page)
    settle_class(results)  # however this run ends, nobody is missing in the gradebook
    with progress(len(entries), len(tasks_of(bench.checks))) as told:
        watch = Watch(told.begun, told.step, told.waits, told.done)
        grade_batch(bench, entries, glass, results, jobs=jobs, watch=watch, page=page, again=again)


def _settle(results: Path, glass: Sandbox) -> int:
    """Write the gradebook and the class's page, and say what came out; the exit code."""
    from grader.pages.class_terminal import print_class
    from grader.pages.write import settle_class

    book, reports = settle_class(results)
    print_class(out, reports, book)
    out.print(f"sandbox: {glass.level}, device: {glass.device}", markup=False)
    places = ("index.html", "students/", "grades.csv", "gradebook.json")
    out.print(f"results: {', '.join(f'{results}/{place}' for place in places)}", markup=False)
    return exit_code(reports)
