"""`grader notebook`: a safe page of anybody's notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.consoles import out
from grader.cli.options import Choice, Device, SandboxOption, open_sandbox
from grader.core import extras
from grader.core.errors import UsageError


def notebook(
    submission: Annotated[Path, typer.Argument(help="A notebook, or the folder that holds one.")],
    html: Annotated[Path, typer.Option("--html", help="The page to write.")],
    execute: Annotated[bool, typer.Option("--execute", help="Run all of it, and show its output now.")] = False,
    seconds: Annotated[int, typer.Option(min=1, help="How long --execute may take.")] = 120,
    assignment: Annotated[
        str | None, typer.Option(help="The assignment whose modules it may import: provided, and beside it.")
    ] = None,
    sandbox: SandboxOption = Choice.AUTO,
) -> None:
    """Make a page of anybody's notebook: nothing in it runs when the page is opened."""
    from grader.assignment.manifest import find_assignment
    from grader.files.notebooks import NOTEBOOK_CAP, UnreadableNotebook, read_notebook
    from grader.grading.secrets import secrets_of

    extras.require("grader notebook", *extras.EXTRAS["notebook"])
    path = _notebook_file(submission)
    if html.suffix == ".ipynb" or (html.exists() and html.samefile(path)):
        raise UsageError(f"--html {html}: that would replace a notebook; name a file that ends in .html")
    try:
        with path.open("rb") as file:
            read = read_notebook(file.read(NOTEBOOK_CAP + 1))
    except UnreadableNotebook as error:
        raise UsageError(f"{path}: {error}") from None
    folder = find_assignment(assignment) if assignment else None
    secrets = secrets_of(folder, path, html)
    with open_sandbox(sandbox, Device.CPU, strangers=True, secrets=secrets) as opened, out.status("rendering"):
        from grader.assignment.assignment import load_assignment
        from grader.files.atomic import write_whole
        from grader.pages.html import notebook_page
        from grader.rendering.notebook_page import page_body, rerun
        from grader.submissions.reading import read_submission

        modules: dict[str, bytes] = {}
        if execute and folder:
            loaded = load_assignment(folder)
            is_beside = loaded.manifest.is_mixed and submission.is_dir()
            submitted = read_submission(submission, loaded.manifest, id="you").files if is_beside else {}
            modules = loaded.laid_out(submitted)
        again = rerun(opened, read, modules, seconds=seconds) if execute else None
        write_whole(html, notebook_page(path.name, page_body(opened, read, again)).encode())
    out.print(f"wrote {html}", markup=False)


def _notebook_file(place: Path) -> Path:
    """The notebook itself, or the only one in a folder: a file that exists, not a link."""
    home = place.resolve()
    found = [place] if place.is_file() else [path for path in sorted(place.rglob("*.ipynb")) if path.is_file()]
    found = [path for path in found if path == place or path.resolve() == home / path.relative_to(place)]
    found = [path for path in found if ".ipynb_checkpoints" not in path.parts]
    if len(found) != 1:
        raise UsageError(f"{place}: {'no notebook' if not found else 'several notebooks'} there; name one .ipynb file")
    return found[0]
