"""A notebook run whole, with what its cells show: for people who compare that with what was saved. Beside student code.

Gives   "cells": [[number, text, what stopped it], ...] in order; "figure.CELL.N": pixels, uint8, height x width x 3
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy
import torch
from torch import Tensor

from grader.core import extras
from grader.worker.notebook_cells import read_cells
from grader.worker.notebook_shell import fresh_names
from grader.worker.python_cells import as_python
from grader.worker.student_notebook import CellRun, CellTooSlow, alarm

TEXT_CAP = 4000  # characters of one cell
FIGURES_CAP = 12
SIDE_CAP = 1600  # pixels
NOT_RUN = "not run: the time is used up"
TOO_SLOW = "stopped: the time is used up"


def run_whole(
    submission: Path, name: str, seconds: float, hung: Callable[[dict[str, Any]], NoReturn]
) -> dict[str, Any]:
    """Run every cell in order within `seconds` of their own time, skipping none.

    A cell that swallows its alarms ends the process by `hung`, which is given what there is until then.
    """
    if extras.is_there("matplotlib"):
        import matplotlib

        matplotlib.use("Agg")
    left = seconds
    names = fresh_names()
    cells: list[list[Any]] = []
    figures: dict[str, Tensor] = {}
    for cell in read_cells(submission / name):
        if left <= 0:
            cells.append([cell["number"], "", NOT_RUN])
            continue
        run = CellRun({**cell, "source": as_python(cell["source"])[0]}, names, submission)
        printed = _Printed()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            with alarm(left, partial(_give_up, hung, cells, figures, run.number)) as clock:
                raised = run.all(None, printed.show)
            left -= clock.taken
            for number, pixels in enumerate(_drawn()):
                if len(figures) < FIGURES_CAP:
                    figures[f"figure.{run.number}.{number}"] = pixels
        cells.append([run.number, printed.text(), _as_text(raised[0][1] if raised else None)])
    return {"cells": cells, **figures}


class _Printed(io.TextIOBase):
    """What a cell prints, as much of it as a page shows."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        self._parts.append(str(text)[: max(TEXT_CAP - self._size, 0)])
        self._size += len(self._parts[-1])
        return len(text)

    def show(self, value: object) -> None:
        """As a notebook shows the value of a cell's last line."""
        if value is not None:
            self.write(f"{value!r}\n")

    def text(self) -> str:
        return "".join(self._parts)


def _drawn() -> Iterator[Tensor]:
    """The open figures; then they are closed."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:  # not installed: the warm process would have imported it
        return
    for number in pyplot.get_fignums():
        with contextlib.suppress(Exception):  # whatever a student has made of a figure
            canvas = pyplot.figure(number).canvas
            canvas.draw()
            pixels = numpy.asarray(canvas.buffer_rgba())[:SIDE_CAP, :SIDE_CAP, :3]
            yield torch.from_numpy(numpy.ascontiguousarray(pixels))
    pyplot.close("all")


def _as_text(error: BaseException | None) -> str:
    if error is None:
        return ""
    return TOO_SLOW if isinstance(error, CellTooSlow) else f"{type(error).__name__}: {error}"[:500]


def _give_up(
    hung: Callable[[dict[str, Any]], NoReturn], cells: list[list[Any]], figures: dict[str, Tensor], number: int
) -> NoReturn:
    hung({"cells": [*cells, [number, "", TOO_SLOW]], **figures})
