"""The students' notebook holds no solution, no answer, no output, and is a valid notebook."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment.manifest import Manifest
from grader.assignment.student_files import write_student_files
from grader.core.errors import AuthorError
from grader.core.written import Written
from grader.files.notebooks import read_notebook, without_answers

HOMEWORK = Manifest(title="x", form="notebook", package="hw", notebook="homework.ipynb")
SOLUTION = "def f():\n    # BEGIN SOLUTION: return the answer\n    return 42\n    # END SOLUTION\n\nx = 43  # SOLUTION"
WRITTEN = "### Why?\n\n<!-- answer: why -->\n\nBecause of 44.\n\n<!--answer:how-->\nLike **45**."


def reference(folder: Path, *cells: nbformat.NotebookNode) -> Path:
    """A folder with a reference notebook of these cells, as Jupyter saves it after a run."""
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    notebook.metadata["kernelspec"] = {"name": "secret-env", "display_name": "mine", "language": "python"}
    (folder / "solution").mkdir()
    nbformat.write(notebook, folder / "solution" / "homework.ipynb")
    return folder / "solution"


def made(folder: Path, *cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The students' version of a notebook of these cells."""
    (path,) = write_student_files(reference(folder, *cells), folder, HOMEWORK)
    assert path == folder / "homework.ipynb"
    return nbformat.read(path, as_version=4)


def test_solutions_answers_and_outputs_are_taken_out(tmp_path: Path) -> None:
    """What is left is what students are to write in, and where."""
    output = nbformat.v4.new_output("stream", text="46")
    code = nbformat.v4.new_code_cell(SOLUTION, outputs=[output], execution_count=47, id="task-1")
    code.metadata.update(tags=["skip"], editor="somebody")
    # Ids of their own: one that nbformat draws may hold the very digits that are looked for.
    student = made(tmp_path, code, nbformat.v4.new_markdown_cell(WRITTEN, id="why"))
    text = (tmp_path / "homework.ipynb").read_text(encoding="utf-8")
    assert not [number for number in range(42, 48) if str(number) in text]
    assert "secret-env" not in text
    assert student.cells[0].source == 'def f():\n    raise NotImplementedError("return the answer")\n\nx = ...'
    assert (student.cells[0].id, student.cells[0].metadata) == ("task-1", {"tags": ["skip"]})
    assert student.cells[1].source == (
        "### Why?\n\n<!-- answer: why -->\n\n*Write your answer here.*\n\n"
        "<!-- answer: how -->\n\n*Write your answer here.*"
    )
    nbformat.validate(student)


def test_pictures_of_the_task_stay_and_those_of_its_answer_go(tmp_path: Path) -> None:
    """What was pasted into the text is part of it."""
    text = nbformat.v4.new_markdown_cell(
        "![task](attachment:task.png)\n\n<!-- answer: why -->\n![](attachment:own.png)"
    )
    text["attachments"] = {name: {"image/png": "iVBORw=="} for name in ("task.png", "own.png")}
    assert made(tmp_path, text).cells[0].attachments.keys() == {"task.png"}


def test_a_notebook_without_markers_is_not_a_handout(tmp_path: Path) -> None:
    """Students would get the solution."""
    with pytest.raises(AuthorError, match=r"homework\.ipynb: nothing is marked as solution"):
        made(tmp_path, nbformat.v4.new_code_cell("x = 42"), nbformat.v4.new_markdown_cell("Why?"))


def test_a_reference_with_an_unsound_cell_is_told(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    folder = reference(tmp_path, nbformat.v4.new_code_cell(SOLUTION, id="task"))
    path = folder / "homework.ipynb"
    path.write_text(path.read_text().replace('"id": "task"', '"id": "no id!"'))
    with pytest.raises(AuthorError, match=r"not a valid notebook .*; save it again"):
        write_student_files(folder, tmp_path, HOMEWORK)


def test_the_same_reference_gives_the_same_bytes(tmp_path: Path) -> None:
    """A version without a change makes no difference to be committed."""
    folder = reference(tmp_path, nbformat.v4.new_code_cell(SOLUTION), nbformat.v4.new_markdown_cell(WRITTEN))
    first = write_student_files(folder, tmp_path, HOMEWORK)[0].read_bytes()
    assert write_student_files(folder, tmp_path, HOMEWORK)[0].read_bytes() == first


def test_mistakes_of_all_cells_are_told_with_their_cells(tmp_path: Path) -> None:
    """A marker gone wrong must not give away the solution; nothing is written."""
    bad = [nbformat.v4.new_code_cell("# BEGIN SOLUTION\nx = 1"), nbformat.v4.new_code_cell("def f(:")]
    folder = reference(tmp_path, nbformat.v4.new_code_cell("y = 1"), *bad)
    with pytest.raises(AuthorError) as caught:
        write_student_files(folder, tmp_path, HOMEWORK)
    assert [problem[: len("homework.ipynb cell 2:1:")] for problem in caught.value.problems] == [
        "homework.ipynb cell 2:1:",
        "homework.ipynb cell 3:1:",
    ]
    assert not (tmp_path / "homework.ipynb").exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"cells": 3, "nbformat": 4}'])
def test_a_reference_that_is_not_a_notebook_is_told(tmp_path: Path, content: bytes) -> None:
    """One sentence that names the file."""
    (tmp_path / "homework.ipynb").write_bytes(content)
    with pytest.raises(AuthorError, match=r"homework\.ipynb: not a notebook"):
        write_student_files(tmp_path, tmp_path / "out", HOMEWORK)


def test_an_untouched_template_is_not_an_answer() -> None:
    """Nor is one with space around it; text beside it is."""
    cells = [without_answers(WRITTEN), without_answers(WRITTEN).replace("why -->", "why --> It is 4.")]
    answers = [
        read_notebook(json.dumps({"cells": [{"cell_type": "markdown", "source": cell}], "nbformat": 4}).encode())
        for cell in cells
    ]
    untouched = Written(None, untouched=True)
    first, second = (each.answers() for each in answers)
    assert first == {"why": untouched, "how": untouched}
    assert second == {"why": Written("It is 4."), "how": untouched}


@settings(max_examples=200, deadline=None)
@given(st.text(), st.lists(st.tuples(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(max_size=20))))
def test_no_text_of_an_answer_survives(before: str, answers: list[tuple[str, str]]) -> None:
    """Whatever stands before and between: the stub depends on the questions alone."""
    marked = before + "".join(f"<!-- answer: {name} -->{text}" for name, text in answers)
    bare = before + "".join(f"<!-- answer: {name} -->" for name, _ in answers)
    assert without_answers(marked) == without_answers(bare)
