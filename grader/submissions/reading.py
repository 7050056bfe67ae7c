"""A student's submission, read in the form that the assignment asks for: modules, one notebook, or both."""

from __future__ import annotations

import functools
from collections.abc import Collection
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
    notebook = handout.files.get(manifest.notebook or "")
    cells = {} if notebook is None else _cells(notebook)
    return replace(_read(folder, manifest, id, handout), given={**handout.files, **cells})


def _read(folder: Path, manifest: Manifest, id: str | None, handout: Handout) -> Submission:
    if manifest.notebook is None:
        return _modules(folder, manifest, id, handout)
    if manifest.form == "notebook":
        read = read_one_file(folder, manifest.notebook, cap=NOTEBOOK_CAP, id=id, handout=handout)
        return _with_cells(read, folder, manifest, handout, "a notebook is graded without other files")
    modules = _modules(folder, manifest, id, handout)
    if modules.problem:
        return modules
    read = read_one_file(folder, manifest.notebook, cap=NOTEBOOK_CAP, id=id, handout=handout, beside=True)
    why_aside = "it lies in no folder of the modules"
    return _together(modules, _with_cells(read, folder, manifest, handout, why_aside, modules.files))


def _modules(folder: Path, manifest: Manifest, id: str | None, handout: Handout) -> Submission:
    package = read_package(folder, manifest.package, manifest.files, id=id, handout=handout)
    there = {str(PurePosixPath(manifest.package, name)): content for name, content in package.files.items()}
    changed = [f"`{name}` was changed, and is not yours to change: the course's own is used in its place"
               for name in edited(there, handout.provided)]  # fmt: skip
    return replace(package, notes=(*package.notes, *namesakes(package.files, manifest), *changed))


def _with_cells(
    read: Submission, folder: Path, manifest: Manifest, handout: Handout, why_aside: str, there: Collection[str] = ()
) -> Submission:
    """The notebook that was read, as its cells, answers and figures.

    Of the data that its code names, what is not among the files that are `there` is left aside.
    """
    if not read.files:
        return read
    (content,) = read.files.values()
    try:
        notebook = read_notebook(content)
    except UnreadableNotebook as error:
        return Submission(read.id, problem=f"`{manifest.notebook}`: {error}")
    handed_out = handout.files.get(manifest.notebook or "")
    given = None if handed_out is None else _texts(handed_out)
    written = notebook.answers(given)
    answers = {question.id: written[question.id] for question in manifest.questions if question.id in written}
    code = code_of(notebook)
    aside = LeftAside()
    aside.add(why_aside, *files_called(folder, names_in(code) - {PurePosixPath(path).name for path in there}))
    notes = (*read.notes, *aside.told())
    as_given = frozenset(cell.number for cell in notebook.cells if cell.source.strip() in (given or ()))
    read = replace(read, files={CELLS: code}, answers=answers, figures=notebook.figures)
    return replace(read, notes=notes, cells_as_given=as_given)


@functools.lru_cache(maxsize=4)  # the same for each student
def _texts(handout: bytes) -> frozenset[str]:
    """The texts of the cells of a notebook that students were given."""
    try:
        return frozenset(cell.source.strip() for cell in read_notebook(handout).cells)
    except UnreadableNotebook:  # which is nobody's work, and nobody's fault
        return frozenset()


@functools.lru_cache(maxsize=4)
def _cells(handout: bytes) -> dict[str, bytes]:
    """The code of a notebook that students were given, where it has its place in a submission."""
    try:
        return {CELLS: code_of(read_notebook(handout))}
    except UnreadableNotebook:
        return {}


def _together(modules: Submission, notebook: Submission) -> Submission:
    """One submission of both, found where the modules are; the notebook's problem is that of all."""
    if notebook.problem:
        return notebook
    return replace(
        modules,
        files={**modules.files, **notebook.files},
        answers=notebook.answers,
        figures=notebook.figures,
        notes=tuple(dict.fromkeys((*modules.notes, *notebook.notes))),
        missing=(*modules.missing, *notebook.missing),
        cells_as_given=notebook.cells_as_given,
    )
