"""`grader check --watch`: each time that a file is saved, what it touches is run again in the warm sandbox."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.consoles import notice
from grader.core.errors import UsageError
from grader.core.text import counted, printable, some_of, visible

if TYPE_CHECKING:
    from grader.core.submission import Submission
    from grader.grading.session import Session
    from grader.grading.tasks import Task
    from grader.results.report import Report

STEP = 50  # ms without a change after which a save is over: editors write, rename and touch
LOOK_AGAIN = 2000  # ms; some file systems tell nothing, and nobody listened while all was run for the first time
NAMED = 4

Run = Callable[["Session", "Submission"], "Report"]
Show = Callable[["Submission", "Report"], None]


def watch(
    session: Session, path: Path, tasks: Sequence[Task], read: Submission, report: Report, *, run: Run, show: Show
) -> Report:
    """Follow the folder until Ctrl-C; return the last report. `read` and `report` are those of the first run.

    Raises `UsageError` where the folder cannot be watched.
    """
    from grader.files.notebooks import CELLS
    from grader.grading.touched import Touched, answers_stand, changed, updated
    from grader.submissions.reading import read_submission

    notice.print("Watching: save a file to run what it touches; Ctrl-C ends.", style="bold")
    waits_for = ""
    handout = session.assignment.given_out()
    try:
        touched = Touched(session.assignment, tasks)
        questions = [question.id for question in session.assignment.manifest.questions]
        for _ in _changes(path):
            now = read_submission(path, session.assignment.manifest, id="you", handout=handout)
            names = changed(read, now)
            if why := now.problem or _not_python(names, now.files):
                if why != waits_for:
                    notice.print(f"{why}; what is above stands until the next save", style="yellow", markup=False)
                waits_for = why
                continue
            if not names:
                if waits_for:
                    notice.print("all is as it last ran: what is above stands", style="dim")
                waits_for = ""
                continue
            stand = answers_stand(names, read, now, questions)
            chosen, read, waits_for = touched.by(names, now.files), now, ""
            notebook = session.assignment.manifest.notebook
            saved = some_of([notebook if name == CELLS and notebook else name for name in names], NAMED)
            said = f"\n{datetime.now():%H:%M:%S} {printable(saved)}: {counted(len(chosen), 'case')}"
            notice.print(said, style="bold", markup=False)
            part = run(session.at(chosen, together=True, answers_stand=stand), now)
            report = updated(report, part, tasks, answers_stand=stand)
            show(now, report)
    except KeyboardInterrupt:
        notice.print("\nstopped", style="dim")
    return report


def _changes(path: Path) -> Iterator[set[tuple[Any, str]]]:
    """Once now and then, and at once when something below `path` was saved, moved or deleted. Raises `UsageError`."""
    from watchfiles import DefaultFilter, watch

    from grader.files.tree import IGNORED

    kept = DefaultFilter(ignore_dirs=(*DefaultFilter.ignore_dirs, *IGNORED))
    try:
        yield from watch(path, watch_filter=kept, step=STEP, rust_timeout=LOOK_AGAIN, yield_on_timeout=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{path}: cannot be watched ({error}); run the checks without --watch") from None


def _not_python(names: Sequence[str], files: Mapping[str, bytes]) -> str:
    """The first of the modules that is not Python, and why: somebody is in the middle of a line; else empty."""
    for name in names:
        if not name.endswith(".py") or name not in files:
            continue
        try:
            with warnings.catch_warnings(action="ignore"):
                compile(files[name], name, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except SyntaxError as error:
            return f"{printable(name)}:{error.lineno or 1}: {type(error).__name__}: {visible(error.msg)}"
        except (ValueError, RecursionError, MemoryError) as error:
            return f"{printable(name)}: not Python ({visible(str(error))})"
    return ""
