"""`grader diff`: what has changed since an earlier run."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.consoles import out
from grader.cli.options import ResultsArgument
from grader.core.errors import UsageError


def diff(
    results: ResultsArgument,
    run: Annotated[
        int | None, typer.Argument(help="Since which run: its number, or 0 for the beginning; default: the one before.")
    ] = None,
) -> None:
    """Show what has changed since an earlier run: who, which check or score, from what to what, and why."""
    from grader.pages.changes_terminal import print_changes
    from grader.results.changes import changes
    from grader.results.folder import read_class
    from grader.results.history import HISTORY, read_runs, standings_after

    names = read_class(results).names
    runs = read_runs(results)
    if not runs:
        raise UsageError(f"{results}/{HISTORY}: no run is recorded yet; run `grader grade` to its end")
    since = len(runs) - 1 if run is None else run
    if not 0 <= since < len(runs):
        raise UsageError(f"run {since}: the last one is {len(runs)}; name one before it, or 0 for the beginning")
    print_changes(out, runs, since, changes(standings_after(runs[:since]), standings_after(runs)), names)
