"""A student's submission, read in the form that the assignment asks for: a package of modules, or one notebook."""

from __future__ import annotations

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
    written = notebook.answers()
    answers = {question.id: written[question.id] for question in manifest.questions if question.id in written}
    code = code_of(notebook)
    aside = LeftAside()
    aside.add("a notebook is graded without other files", *files_called(folder, names_in(code)))
    notes = (*read.notes, *aside.told())
    return replace(read, files={CELLS: code}, answers=answers, figures=notebook.figures, notes=notes)
