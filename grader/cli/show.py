"""`grader show`: one student, in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.consoles import out
from grader.cli.options import ResultsArgument


def show(
    results: ResultsArgument,
    id: Annotated[str, typer.Argument(help="A student's id, or that of a shared submission.")],
    check: Annotated[str | None, typer.Option(help="Only this check, case by case.")] = None,
    file: Annotated[str | None, typer.Option(help="Print this one of the judged files, and nothing else.")] = None,
) -> None:
    """Show one student: the verdicts, how the total came about, and the files as they were judged."""
    from grader.pages.student_terminal import print_check, print_file, print_student
    from grader.results.judged import read_file
    from grader.results.one_student import find_student

    found = find_student(results, id)
    if file is not None:
        judged = found.file(file)
        print_file(out, judged.path, read_file(results, judged.digest))
    elif check is not None:
        print_check(out, found.verdicts(check))
    else:
        print_student(out, found)
