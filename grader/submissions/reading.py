"""A student's submission, read in the form that the assignment asks for: a package of modules, or one notebook."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path, PurePosixPath

from grader.assignment.handout import NO_HANDOUT, Handout
from grader.assignment.manifest import Manifest
from grader.assignment.provided import edited
from grader.core.submission import Submission
from grader.files.notebooks import CELLS, NOTEBOOK_CAP, UnreadableNotebook, code_of, read_notebook
from grader.submissions.data_files import names_in
from grader.submissions.finding import files_called
from grader.submissions.left_aside import LeftAside
from grader.submissions.namesakes import namesakes
from grader.submissions.package import read_one_file, read_package


def read_submission(
    folder: Path, manifest: Manifest, *, id: str | None = None, handout: Handout = NO_HANDOUT
) -> Submission:
    """Read the submission in `folder`; its id is the folder's name unless another is given.

    With the `handout`, a file that nobody has touched is told from the student's work.

    Never raises for what it is; `OSError` where the machine fails.
    """
    if manifest.notebook is None:
        package = read_package(folder, manifest.package, manifest.files, id=id, handout=handout)
        there = {str(PurePosixPath(manifest.package, name)): content for name, content in package.files.items()}
        changed = [f"`{name}` was changed, and is not yours to change: the course's own is used in its place"
                   for name in edited(there, handout.provided)]  # fmt: skip
        return replace(package, notes=(*package.notes, *namesakes(package.files, manifest), *changed))
    read = read_one_file(folder, manifest.notebook, cap=NOTEBOOK_CAP, id=id, handout=handout)
    if not read.files:
        return read
    (content,) = read.files.values()
    try:
        notebook = read_notebook(content)
    except UnreadableNotebook as error:
        return Submission(read.id, problem=f"`{manifest.notebook}`: {error}")
    given = _texts(handout.files[manifest.notebook]) if manifest.notebook in handout.files else None
    written = notebook.answers(given)
    answers = {question.id: written[question.id] for question in manifest.questions if question.id in written}
    code = code_of(notebook)
    aside = LeftAside()
    aside.add("a notebook is graded without other files", *files_called(folder, names_in(code)))
    notes = (*read.notes, *aside.told())
    as_given = frozenset(cell.number for cell in notebook.cells if cell.source.strip() in (given or ()))
    read = replace(read, files={CELLS: code}, answers=answers, figures=notebook.figures)
    return replace(read, notes=notes, given=as_given)


@functools.lru_cache(maxsize=4)  # the same for each student
def _texts(handout: bytes) -> frozenset[str]:
    """The texts of the cells of a notebook that students were given."""
    try:
        return frozenset(cell.source.strip() for cell in read_notebook(handout).cells)
    except UnreadableNotebook:  # which is nobody's work, and nobody's fault
        return frozenset()
