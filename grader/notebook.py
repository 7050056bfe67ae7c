"""Public checks from inside a notebook: `from grader.notebook import run; run("residual_block")` in a cell.

They are run on the notebook as it is saved, by the same worker as everywhere: nothing of the running kernel is used, so
what passes here passes when it is submitted. While a notebook is graded, `run` does nothing (see `student_notebook`).
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.manifest import nearest_assignment
from grader.core.errors import AuthorError, SandboxError, UsageError
from grader.files.notebooks import UnreadableNotebook, read_notebook
from grader.grading.selection import named
from grader.grading.session import Checks, Session
from grader.grading.tasks import tasks_of
from grader.pages.html import result_in_notebook
from grader.results.outcomes import LOOKS
from grader.results.report import Report, shown
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

LAST_CELLS = 5
DRIVE = Path("/content/drive/MyDrive/Colab Notebooks")  # where Colab keeps them, once a person has mounted it
COLAB = (
    "Colab keeps this notebook on your Drive: save it as {name} (Ctrl+S), open Files (the folder at the left), "
    "click Mount Drive, and run this cell again; or File > Download > .ipynb, and upload it to {folder}."
)
UNSAVED = "A cell that you ran is not in the saved notebook: save it (Ctrl+S) and run this cell again."


@dataclass(frozen=True, slots=True)
class Result:
    """The results: as HTML for a notebook, as text with a line for each check."""

    report: Report | None
    notes: tuple[str, ...]

    def as_html(self) -> str:
        """A piece of a page."""
        return result_in_notebook(self.report, self.notes)

    def as_text(self) -> str:
        """Lines for a terminal."""
        lines = list(self.notes)
        for verdict in self.report.verdicts if self.report else ():
            line = f"{LOOKS[verdict.outcome].symbol} {verdict.name}: {verdict.outcome} {verdict.message}"
            lines += [line.rstrip(), *([f"  next: {verdict.next_step}"] if verdict.next_step else [])]
        if self.report:
            lines.append(f"{shown(self.report.points)} of {shown(self.report.max_points)} points")
        return "\n".join(lines)


def run(*names: str, folder: str | Path = ".") -> None:
    """Run the named public checks, or all, on the notebook that is saved in `folder`, and show the results."""
    result = results(*names, folder=Path(folder))
    shell = _shell()
    if shell is None:
        print(result.as_text())
    else:
        shell.display_pub.publish({"text/plain": result.as_text(), "text/html": result.as_html()})


def results(*names: str, folder: Path) -> Result:
    """What `run` shows. Never raises: the caller's mistake becomes a note."""
    try:
        place = folder.resolve()
        assignment = load_assignment(nearest_assignment(place))
        place = _on_drive(assignment) or place
        chosen = named(tasks_of(assignment.public), names)
        session = Session.of(_sandbox(), assignment, checks=Checks.PUBLIC).at(chosen)
        read = read_submission(place, assignment.manifest, id="you", handout=assignment.given_out())
        report = session.grade(read)
    except AuthorError as error:
        return Result(None, tuple(error.problems))
    except (UsageError, SandboxError, OSError) as error:
        return Result(None, (str(error),))
    on_colab = COLAB.format(name=assignment.manifest.notebook, folder=place) if _is_colab() else ""
    if report.reason:
        return Result(None, tuple(filter(None, (report.reason, on_colab))))
    return Result(replace(report, notes=()), (on_colab or UNSAVED,) if _unsaved(place, assignment) else ())


@functools.cache
def _sandbox() -> Sandbox:
    """One for the life of the kernel: the second run of a check takes no time to warm up."""
    return Sandbox(best_level()[0])


def _shell() -> Any:
    """IPython's, where this runs in a notebook or at its prompt."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def _is_colab() -> bool:
    return "google.colab" in sys.modules


def _on_drive(assignment: Assignment) -> Path | None:
    """The folder of the notebook on a mounted Drive, in Colab; None where there is none of its name."""
    name = assignment.manifest.notebook
    return DRIVE if _is_colab() and name and (DRIVE / name).is_file() else None


def _unsaved(place: Path, assignment: Assignment) -> bool:
    """Whether the kernel has lately run a cell that is not in the saved notebook."""
    shell = _shell()
    if shell is None or assignment.manifest.notebook is None:
        return False
    try:
        saved = read_notebook((place / assignment.manifest.notebook).read_bytes())
    except (OSError, UnreadableNotebook):  # it may lie elsewhere: then nothing is known
        return False
    sources = {cell.source.strip() for cell in saved.cells}
    lately = [source.strip() for source in shell.history_manager.input_hist_raw[-LAST_CELLS:]]
    return any(source and source not in sources for source in lately)
