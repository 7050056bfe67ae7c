"""What a batch tells while it runs: on a terminal who is being graded and how long it will take, elsewhere lines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from grader.cli.options import out
from grader.core.verdict import Verdict
from grader.results.report import Report, State, shown


@contextmanager
def progress(total: int, tasks: int) -> Iterator[Told]:
    """A display for a batch of `total` submissions, on each of which `tasks` are run."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeLeftColumn(),
        TextColumn("{task.fields[mean]}", markup=False),
    )
    with Progress(*columns, console=out, disable=not out.is_terminal) as bar:
        yield Told(bar, total, tasks)


class Told:
    """The display. Its methods are called from several threads."""

    def __init__(self, bar: Progress, total: int, tasks: int) -> None:
        self._bar = bar
        self._total = total
        self._tasks = tasks
        self._class = bar.add_task("grading", total=total, mean="")
        self._running: dict[str, TaskID] = {}
        self._telling = threading.Lock()
        self._done = 0
        self._graded = 0
        self._points = Fraction()

    def begun(self, id: str) -> None:
        """A worker has taken up a submission."""
        with self._telling:
            self._running[id] = self._bar.add_task(f"  {id}", total=self._tasks, mean="")

    def step(self, id: str, verdict: Verdict) -> None:
        """One more verdict on it is there."""
        with self._telling:
            task = self._running.get(id)
            if task is not None:
                self._bar.update(task, advance=1, mean=f"{verdict.name}: {verdict.outcome.lower()}")

    def waits(self, id: str) -> None:
        """Something of it ran out of time or memory, and is tried again at the end."""
        with self._telling:
            self._end(id)
            if not out.is_terminal:
                out.print(f"{id}: out of time or memory, tried again at the end", markup=False, highlight=False)

    def done(self, report: Report, kept: bool) -> None:
        """A report is final; `kept` where nothing had to be run."""
        with self._telling:
            self._end(report.submission)
            self._done += 1
            if report.state is State.GRADED:
                self._graded += 1
                self._points += report.points
            mean = f"mean {shown(self._points / self._graded)}" if self._graded else ""
            self._bar.update(self._class, completed=self._done, mean=mean)
            if not out.is_terminal:
                points = f"{shown(report.points)} of {shown(report.max_points)}"
                said = points if report.state is State.GRADED else report.state.lower()
                line = f"[{self._done}/{self._total}] {report.submission}: {said}{' (kept)' if kept else ''}"
                out.print(line, markup=False, highlight=False)

    def _end(self, id: str) -> None:
        task = self._running.pop(id, None)
        if task is not None:
            self._bar.remove_task(task)
