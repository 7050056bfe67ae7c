"""`grader audit`: which of the mistakes that students make the checks catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from grader.core.text import counted

if TYPE_CHECKING:
    from grader.authoring.memory import Seen
    from grader.authoring.mutants import Mutant


def audit(
    assignment: AssignmentArgument,
    target: Annotated[
        Path, typer.Option("--out", help="Where the report goes, in a folder of the assignment's name.")
    ] = Path("audit"),
    only: Annotated[
        list[str] | None, typer.Option(help="Only mistakes in this function, file or cell; may be given several times.")
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
    """Make the mistakes that students make in the reference solution, and tell which of them no check catches."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade

    speak(quiet=quiet, as_json=as_json)
    folder = find_assignment(assignment)
    manifest_to_grade(folder)  # its mistakes are reported before torch is imported
    home = target / folder.name
    with open_sandbox(sandbox, device, strangers=False) as opened:
        from grader.assignment.assignment import load_assignment
        from grader.authoring.audit import AUDIT
        from grader.authoring.memory import Memory
        from grader.authoring.plan import plan_audit
        from grader.authoring.run import run_audit
        from grader.files.atomic import write_whole
        from grader.grading.session import Checks, Session
        from grader.pages.audit_html import audit_page
        from grader.pages.audit_terminal import print_audit

        session = Session.of(opened, load_assignment(folder), checks=Checks.ALL)
        plan = plan_audit(session.assignment, only=only or (), limit=limit)
        home.mkdir(parents=True, exist_ok=True)
        opened.wait()
        with sole_writer(home):
            try:
                with ThreadPoolExecutor(session.fitting(jobs)) as pool, _progress(len(plan.chosen)) as done:
                    memory = Memory(home / "verdicts.jsonl")
                    found = run_audit(session, plan, memory, pool, all_checks=all_checks, done=done)
            except KeyboardInterrupt:
                notice.print("stopped: what was finished is kept; run the same command again to resume", style="yellow")
                raise typer.Exit(130) from None
            write_whole(home / "audit.json", AUDIT.dumped(found))
            write_whole(home / "audit.html", audit_page(found).encode())
    print_audit(out, found)
    notice.print(f"audit: {home / 'audit.html'}, {home / 'audit.json'}", markup=False)
    if as_json:
        print_json(AUDIT.as_json(found))
    if found.unfinished:
        notice.print(
            f"the grader failed on {counted(found.unfinished, 'mistake')}; run the same command again", style="red"
        )
        raise typer.Exit(3)


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
