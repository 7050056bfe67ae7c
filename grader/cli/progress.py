"""What a batch tells while it runs: on a terminal who is being graded and how long it will take, elsewhere lines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from grader.cli.consoles import out
from grader.core.verdict import Verdict
from grader.grading.batch import BatchListener
from grader.grading.session import Session
from grader.grading.tasks import tasks_of
from grader.results.report import Report, State, shown


@contextmanager
def progress(session: Session, submissions: int) -> Iterator[BatchListener]:
    """A display for a batch of so many submissions."""
    with progress_bar("mean") as bar:
        display = ProgressDisplay(bar, submissions, session)
        yield BatchListener(display.begun, display.step, display.waits, display.half, display.done)


def progress_bar(field: str) -> Progress:
    """A bar on a terminal, elsewhere nothing; its last column shows this field of its tasks."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeLeftColumn(),
        TextColumn(f"{{task.fields[{field}]}}", markup=False),
    )
    return Progress(*columns, console=out, disable=not out.is_terminal)


class ProgressDisplay:
    """The display. Its methods are called from several threads.

    The bar counts tasks, all cases of all checks, so that it moves evenly through both halves of a batch.
    """

    def __init__(self, bar: Progress, total: int, session: Session) -> None:
        self._bar = bar
        self._total = total
        self._public = len(tasks_of(session.context.public().checks))
        self._all = len(tasks_of(session.context.checks))
        self._class = bar.add_task("grading", total=total * self._all, mean="")
        self._running: dict[str, TaskID] = {}
        self._telling = threading.Lock()
        self._ran: dict[str, int] = {}  # tasks that count as done, by submission
        self._halves = 0
        self._done = 0
        self._graded = 0
        self._points = Fraction()

    def begun(self, id: str) -> None:
        """A worker has taken up a submission."""
        with self._telling:
            self._running[id] = self._bar.add_task(f"  {id}", total=self._all, completed=self._ran.get(id, 0), mean="")

    def step(self, id: str, verdict: Verdict) -> None:
        """One more verdict on it is ready."""
        with self._telling:
            task = self._running.get(id)
            if task is not None:
                self._bar.update(task, advance=1, mean=f"{verdict.name}: {verdict.outcome.lower()}")

    def waits(self, id: str) -> None:
        """Something of it ran out of time or memory, and is tried again at the end."""
        with self._telling:
            self._end(id)
            self._line(f"{id}: out of time or memory, tried again at the end")

    def half(self, report: Report) -> None:
        """The public half of a report is ready."""
        with self._telling:
            self._end(report.submission_id)
            self._halves += 1
            self._count(report.submission_id, self._public)
            points = f"{shown(report.points)} of {shown(report.max_points)}"
            self._line(f"public checks [{self._halves}/{self._total}] {report.submission_id}: {points}")

    def done(self, report: Report, kept: bool) -> None:
        """A report is final; `kept` where nothing had to be run."""
        with self._telling:
            self._end(report.submission_id)
            self._done += 1
            if report.state is State.GRADED:
                self._graded += 1
                self._points += report.points
            self._count(report.submission_id, self._all)
            points = f"{shown(report.points)} of {shown(report.max_points)}"
            said = points if report.state is State.GRADED else report.state.lower()
            self._line(f"[{self._done}/{self._total}] {report.submission_id}: {said}{' (kept)' if kept else ''}")

    def _count(self, id: str, tasks: int) -> None:
        self._ran[id] = tasks
        mean = f"mean {shown(self._points / self._graded)}" if self._graded else ""
        self._bar.update(self._class, completed=sum(self._ran.values()), mean=mean)

    def _line(self, text: str) -> None:
        if not out.is_terminal:
            out.print(text, markup=False, highlight=False)

    def _end(self, id: str) -> None:
        task = self._running.pop(id, None)
        if task is not None:
            self._bar.remove_task(task)
