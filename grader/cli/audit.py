"""`grader audit`: which of the mistakes that students make the checks catch."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.consoles import JsonOption, QuietOption, notice, out, print_json, speak
from grader.cli.options import (
    CORES,
    AssignmentArgument,
    Choice,
    Device,
    DeviceOption,
    JobsOption,
    SandboxOption,
    open_sandbox,
    sole_writer,
)
from grader.core.errors import UsageError

if TYPE_CHECKING:
    from grader.authoring.audit import Audit, Stub
    from grader.authoring.examiner import Examiner
    from grader.authoring.memory import Seen
    from grader.authoring.mutants import Mutant
    from grader.grading.session import Session

EACH = 10  # one mutant in so many is asked all checks


def audit(
    assignment: AssignmentArgument,
    target: Annotated[Path, typer.Option("--out", help="Where the report goes, in a folder of its own.")] = Path(
        "audit"
    ),
    only: Annotated[
        list[str] | None, typer.Option(help="Only mistakes in this function or cell; may be given several times.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many mistakes at most, of all kinds and places.")] = None,
    all_checks: Annotated[
        bool, typer.Option("--all-checks", help="Ask every check about every mistake, not until one catches it.")
    ] = False,
    jobs: JobsOption = CORES,
    device: DeviceOption = Device.CPU,
    sandbox: SandboxOption = Choice.AUTO,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the mistakes that students make in the reference solution, and tell which no check catches."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade

    speak(quiet=quiet, as_json=as_json)
    folder = find_assignment(assignment)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    home = target / folder.name
    home.mkdir(parents=True, exist_ok=True)
    with sole_writer(home), open_sandbox(sandbox, device, strangers=False) as opened:
        from grader.assignment.assignment import load_assignment
        from grader.authoring.audit import AUDIT
        from grader.files.atomic import write_whole
        from grader.grading.session import Checks, Session
        from grader.pages.audit_terminal import print_audit
        from grader.pages.html import audit_page

        session = Session.of(opened, load_assignment(folder), checks=Checks.ALL)
        opened.wait()
        try:
            found = _audit(session, home, jobs, only=only, limit=limit, all_checks=all_checks)
        except KeyboardInterrupt:
            notice.print("stopped: what was finished is kept; run the same command again to resume", style="yellow")
            raise typer.Exit(130) from None
        write_whole(home / "audit.json", AUDIT.dumped(found))
        write_whole(home / "audit.html", audit_page(found).encode())
    print_audit(out, found)
    notice.print(f"audit: {home / 'audit.html'}, {home / 'audit.json'}", markup=False)
    if as_json:
        print_json(AUDIT.as_json(found))


def _audit(
    session: Session, home: Path, jobs: int, *, only: Sequence[str] | None, limit: int | None, all_checks: bool
) -> Audit:
    from grader.authoring.audit import audit_of, result_of
    from grader.authoring.equivalents import equivalents
    from grader.authoring.examiner import Examiner
    from grader.authoring.memory import Memory
    from grader.authoring.mutants import mutants_of
    from grader.grading.reference import read_reference

    reference = read_reference(session.assignment)
    mutants = mutants_of(reference, session.assignment.manifest)
    equivalent = equivalents(session.assignment, mutants)
    chosen = _chosen(mutants, only)[:limit]
    examiner = Examiner(session, Memory(home / "verdicts.jsonl"))
    with out.status("running the reference and the stub"):
        right = examiner.examine(reference, again=True)
        wrong = next((name for name, each in right.items() if not each.passed), None)
        if wrong:
            raise UsageError(
                f"{session.assignment.name}: the reference solution gets {right[wrong].outcome} for {wrong}; "
                "an audit needs one that passes: see `grader check`"
            )
        stub = _stub(session, examiner)
    examiner.limit(right)
    with ThreadPoolExecutor(jobs) as pool, _progress(len(chosen)) as done:
        seen = examiner.examine_all(
            reference,
            chosen,
            pool,
            is_whole=lambda mutant: all_checks or int(mutant.digest[-4:], 16) % EACH == 0,
            done=done,
        )
    results = [result_of(each, seen[each.digest], examiner.cases, equivalent.get(each.digest, "")) for each in chosen]
    return audit_of(session.assignment, len(mutants), results, examiner.cases, stub)


def _chosen(mutants: Sequence[Mutant], only: Sequence[str] | None) -> list[Mutant]:
    """Those in the named functions or cells, or all. Raises `UsageError`."""
    known = sorted({name for each in mutants for name in (each.function, each.place)})
    for name in only or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5) or known
            raise UsageError(f"--only {name}: no mistake can be made there; name one of {', '.join(near)}")
    if not mutants:
        raise UsageError(
            "the reference solution has nothing in which a mistake could be made; look at files, or notebook"
        )
    return [each for each in mutants if not only or each.function in only or each.place in only]


def _stub(session: Session, examiner: Examiner) -> Stub | None:
    """What the students' files are given as they are; None where there are none."""
    from grader.authoring.audit import stub_of
    from grader.submissions.reading import read_submission

    stub = read_submission(session.assignment.folder, session.assignment.manifest)
    return stub_of(examiner.examine(stub, again=True), examiner.cases) if stub.files and not stub.problem else None


@contextmanager
def _progress(mutants: int) -> Iterator[Callable[[Mutant, Mapping[str, Seen]], None]]:
    """A bar that counts mistakes, and those of them that survive."""
    from grader.cli.progress import progress_bar

    survived = 0
    with progress_bar("survived") as bar:
        task = bar.add_task("mistakes", total=mutants, survived="")

        def done(mutant: Mutant, seen: Mapping[str, Seen]) -> None:
            nonlocal survived
            survived += all(each.passed for each in seen.values())
            bar.update(task, advance=1, survived=f"{survived} survive")

        yield done
