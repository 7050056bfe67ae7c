"""`grader pack`: a student's submission as one zip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.consoles import QuietOption, notice, out, speak
from grader.core.errors import UsageError
from grader.core.text import counted, printable

NAMED = 10


def pack(
    path: Annotated[Path, typer.Argument(help="Your folder: the one that holds the package or the notebook.")] = Path(),
    assignment: Annotated[
        str | None, typer.Option(help="The assignment; default: the nearest one at or above the folder.")
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", help="The zip to write; default: named after the assignment, in the folder.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Pack what you submit, and nothing else, into one zip."""
    from grader.assignment.manifest import find_assignment, manifest_to_grade, nearest_assignment
    from grader.assignment.provided import read_provided
    from grader.files.atomic import write_whole
    from grader.files.packing import zipped
    from grader.submissions.to_submit import to_submit

    speak(quiet=quiet, as_json=False)
    if not path.is_dir():
        raise UsageError(f"{path}: no such folder; name the folder that holds your work")
    folder = find_assignment(assignment) if assignment else nearest_assignment(path)
    target = target or path / f"{folder.name}.zip"
    if target.suffix != ".zip":
        raise UsageError(f"--out {target}: not the name of a zip; write for example {target.stem}.zip")
    manifest = manifest_to_grade(folder)
    packed = to_submit(path, manifest, read_provided(folder, manifest, ()))
    for name, content in packed.files.items():
        out.print(f"{len(content):>9,} {printable(name)}", highlight=False, markup=False)
    for note in packed.notes:
        notice.print(f"Note: {note}", markup=False, soft_wrap=True)
    for name in packed.unwritten[:NAMED]:
        notice.print(f"not written yet: {printable(name)}", style="yellow", markup=False)
    if further := len(packed.unwritten[NAMED:]):
        notice.print(f"not written yet: {further} more", style="yellow")
    write_whole(target, zipped(packed.files))
    notice.print(f"wrote {target}: {counted(len(packed.files), 'file')}; submit it as it is", markup=False)
