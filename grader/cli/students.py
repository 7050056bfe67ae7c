"""What a student does: check the own folder, or look at a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.options import Choice, Device, DeviceOption, SandboxOption, exit_code, open_sandbox, out
from grader.errors import UsageError


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
    with open_sandbox(sandbox, device, strangers=False) as glass:
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
    raise typer.Exit(exit_code([report]) or int(report.points < report.max_points or bool(report.reason)))


def notebook(
    submission: Annotated[Path, typer.Argument(help="A notebook, or the folder that holds one.")],
    html: Annotated[Path, typer.Option("--html", help="The page to write.")],
    execute: Annotated[bool, typer.Option("--execute", help="Run it whole, and show what it gives now.")] = False,
    seconds: Annotated[int, typer.Option(min=1, help="How long --execute may take.")] = 120,
    assignment: Annotated[str | None, typer.Option(help="Whose given modules it may import.")] = None,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Make a page of a notebook that anybody has handed in: nothing in it runs when the page is opened."""
    from grader.manifest import find_assignment
    from grader.notebook_file import NOTEBOOK_CAP, UnreadableNotebook, read_notebook

    path = _notebook_file(submission)
    if html.suffix == ".ipynb" or (html.exists() and html.samefile(path)):
        raise UsageError(f"--html {html}: that would be in a notebook's place; name a file that ends in .html")
    try:
        with path.open("rb") as file:
            read = read_notebook(file.read(NOTEBOOK_CAP + 1))
    except UnreadableNotebook as error:
        raise UsageError(f"{path}: {error}") from None
    with open_sandbox(sandbox, Device.CPU, strangers=True) as glass, out.status("rendering"):
        from grader.assignment import load_assignment
        from grader.html import notebook_page
        from grader.notebook_page import page_body, rerun
        from grader.report import write_whole

        provided = load_assignment(find_assignment(assignment)).provided_files() if assignment else {}
        again = rerun(glass, read, provided, seconds=seconds) if execute else None
        write_whole(html, notebook_page(path.name, page_body(glass, read, again)).encode())
    out.print(f"wrote {html}", markup=False)


def _notebook_file(place: Path) -> Path:
    """The notebook itself, or the only one in a folder: a file that is there, not a link."""
    home = place.resolve()
    found = [place] if place.is_file() else [path for path in sorted(place.rglob("*.ipynb")) if path.is_file()]
    found = [path for path in found if path == place or path.resolve() == home / path.relative_to(place)]
    found = [path for path in found if ".ipynb_checkpoints" not in path.parts]
    if len(found) != 1:
        raise UsageError(f"{place}: {'no notebook' if not found else 'several notebooks'} there; name one .ipynb file")
    return found[0]
