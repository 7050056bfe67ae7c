"""`grader new`: an assignment to begin with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.consoles import out


class Form(StrEnum):
    """What students submit."""

    PACKAGE = "package"
    LOOSE = "loose"
    NOTEBOOK = "notebook"


def new(
    name: Annotated[str, typer.Argument(help="The assignment's name: its folders in assignments/ and solutions/.")],
    form: Annotated[Form, typer.Option(help="A package, loose modules or one notebook.")] = Form.PACKAGE,
) -> None:
    """Write a small assignment that works, with comments, for you to change."""
    from grader.authoring.new import write_scaffold

    for path in write_scaffold(name, form, Path()):
        out.print(f"wrote {path}", markup=False)
    out.print(f"next: grader stubs {name}, then grader regenerate {name}", markup=False)
