"""Broken, odd and hostile notebooks (I1 to I7 of the catalogue of attacks), each a real one of a shipped assignment.

Every one is the reference of `vanishing_gradients` with something done to it. Four checks are run, one of each task; a
check that a change does not concern keeps its points.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.assignment import load_assignment
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import grade
from grader.results.report import Report, State
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

REPOSITORY = Path(__file__).resolve().parent.parent
NAME = "vanishing_gradients.ipynb"
REFERENCE = REPOSITORY / "solutions" / "vanishing_gradients" / NAME
CHECKS = ("first_tensors", "sigmoid", "model_parameters", "glorot_biases")
FINE = {name: {"PASSED"} for name in CHECKS}
Notebook = dict[str, Any]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def context() -> GradingContext:
    """The assignment with four of its checks."""
    loaded = load_assignment(REPOSITORY / "assignments" / "vanishing_gradients")
    return prepare(loaded, [check for check in loaded.checks if check.name in CHECKS])


@pytest.fixture
def notebook() -> Notebook:
    """The reference."""
    read: Notebook = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return read


def cell(notebook: Notebook, id: str) -> dict[str, Any]:
    """The cell of this id."""
    found: dict[str, Any] = next(each for each in notebook["cells"] if each["id"] == id)
    return found


def source(notebook: Notebook, id: str) -> str:
    """The text of a cell."""
    return "".join(cell(notebook, id)["source"])


def code(text: str) -> dict[str, Any]:
    """A cell."""
    return {
        "cell_type": "code",
        "id": "new",
        "metadata": {},
        "source": text,
        "outputs": [],
        "execution_count": 1,
    }


def graded(context: GradingContext, sandbox: Sandbox, folder: Path, content: bytes) -> Report:
    """The report on an `.ipynb` of these bytes."""
    (folder / NAME).write_bytes(content)
    return grade(context, read_submission(folder, context.assignment.manifest, id="student"), sandbox)


def outcomes(report: Report) -> dict[str, set[str]]:
    """The outcomes of all cases by check."""
    return {name: {each.outcome.value for each in report.verdicts if each.check == name} for name in CHECKS}


def check(context: GradingContext, sandbox: Sandbox, folder: Path, notebook: Notebook, **changed: str) -> Report:
    """The report, after seeing that the `changed` checks came out so, and that all others passed."""
    report = graded(context, sandbox, folder, json.dumps(notebook).encode())
    assert outcomes(report) == FINE | {name: {outcome} for name, outcome in changed.items()}, report.verdicts
    return report


def test_i1_shell_lines_and_magics_are_never_run(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """`!rm -rf`, `%%bash`, `%run` and `get_ipython()`: noted, and nothing is touched."""
    marker = tmp_path / "marker"
    marker.touch()
    first = source(notebook, "imports")
    cell(notebook, "imports")["source"] = f"!rm -rf {marker} /\n%run {marker}\n{first}"
    notebook["cells"].insert(0, code(f"%%bash\nrm -rf {marker} ~"))
    notebook["cells"].insert(0, code(f"get_ipython().system('rm -rf {marker}')"))
    notes = check(context, best, tmp_path, notebook).notes
    assert marker.exists()
    assert any(note.startswith("cell 2: not Python, so left out: %%bash") for note in notes), notes
    assert any("!rm -rf" in note for note in notes), notes


def test_i2_a_deleted_cell_costs_what_it_defined(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """`build_model_glorot` is gone: MISSING, by its name."""
    notebook["cells"] = [each for each in notebook["cells"] if each["id"] != "task-2-8"]
    report = check(context, best, tmp_path, notebook, glorot_biases="MISSING")
    assert any("`build_model_glorot`" in each.message for each in report.verdicts)


def test_i2_a_renamed_function_is_found_by_nobody(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """The message says what looks like it."""
    cell(notebook, "task-1-2")["source"] = source(notebook, "task-1-2").replace("my_sigmoid", "my_sigmiod")
    report = check(context, best, tmp_path, notebook, sigmoid="MISSING")
    assert any("my_sigmiod" in f"{each.message} {each.next_step}" for each in report.verdicts)


def test_i2_ids_and_metadata_give_no_points(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """Points, locks and ids in the notebook mean nothing: points come from the course."""
    for number, each in enumerate(notebook["cells"]):
        each["id"] = "same"
        each["metadata"] = {"nbgrader": {"grade": True, "points": 1000, "locked": False}, "number": number}
    cell_2_8 = next(each for each in notebook["cells"] if "def build_model_glorot" in "".join(each["source"]))
    cell_2_8["source"] = "build_model_glorot = None"
    report = graded(context, best, tmp_path, json.dumps(notebook).encode())
    assert report.max_points == sum(check.points for check in context.checks)
    assert outcomes(report)["sigmoid"] == {"PASSED"}
    assert outcomes(report)["glorot_biases"] != {"PASSED"}


def test_i2_a_cell_that_is_there_twice_counts_as_it_is_run(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """As in Jupyter, the last definition counts."""
    notebook["cells"].append(code("def my_sigmoid(x):\n    return x * 0"))
    check(context, best, tmp_path, notebook, sigmoid="WRONG_ANSWER")


def test_i2_cells_in_another_order_cost_what_they_then_lack(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """A variable worked out before its function is defined fails where a kernel run from the top fails, and only it."""
    cells = notebook["cells"]
    cells.insert(0, cells.pop(next(n for n, each in enumerate(cells) if each["id"] == "task-1-1")))
    report = check(context, best, tmp_path, notebook, first_tensors="RUNTIME_ERROR")
    assert any("cell 1 stopped" in each.message and "further down" in each.message for each in report.verdicts)


def test_i3_the_kernel_that_a_notebook_names_is_not_started(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """A kernel of one's own, another language, or none at all."""
    marker = tmp_path / "marker"
    evil = {"name": "evil", "display_name": "evil", "language": "bash", "argv": ["touch", str(marker)]}
    check(context, best, tmp_path, {**notebook, "metadata": {"kernelspec": evil}})
    check(context, best, tmp_path, {**notebook, "metadata": {}})
    assert not marker.exists()


def test_i4_the_courses_own_functions_cannot_be_replaced(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """The checks use torch as it is in their own process; a cell that patches it changes only its own answers."""
    patch = "import torch\ntorch.equal = torch.allclose = lambda *a, **k: True\ndef my_sigmoid(x):\n    return x\n"
    notebook["cells"].append(code(patch + "def run(*names):\n    print('PASSED')\nrun('sigmoid')"))
    check(context, best, tmp_path, notebook, sigmoid="WRONG_ANSWER")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[: len(text) // 2], "its JSON is damaged"),
        (lambda text: b"", "it is empty"),
        (lambda text: b"PK\x03\x04" + text, "it is a zip"),
        (lambda text: b'{"nbformat": 4, "metadata": {}}', "it has no cells"),
        (lambda text: b"[" * 100_000, "it cannot be read"),
    ],
    ids=["truncated", "empty", "not JSON", "no cells", "deep"],
)
def test_i5_what_is_not_a_notebook_is_quarantined(
    context: GradingContext, best: Sandbox, tmp_path: Path, spoil: Callable[[bytes], bytes], words: str
) -> None:
    """With a reason in a sentence; nothing is run."""
    report = graded(context, best, tmp_path, spoil(REFERENCE.read_bytes()))
    assert report.state is State.QUARANTINED
    assert words in report.reason


def test_i5_an_old_notebook_is_graded(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """Version 3 of the format, with worksheets."""
    cells = []
    for each in notebook["cells"]:
        text = "".join(each["source"])
        old = {"cell_type": each["cell_type"], "metadata": each["metadata"]}
        if each["cell_type"] == "code":
            cells.append({**old, "input": text, "language": "python", "outputs": [], "prompt_number": 1})
        else:
            cells.append({**old, "source": text})
    old_notebook = {
        "worksheets": [{"cells": cells, "metadata": {}}],
        "metadata": {},
        "nbformat": 3,
        "nbformat_minor": 0,
    }
    check(context, best, tmp_path, old_notebook)


def test_i5_fifty_megabytes_of_outputs_and_odd_numbers_are_passed_over(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """Outputs are dropped before anything else is done, and NaN in metadata is nobody's grade."""
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (50 << 20)}
    cell(notebook, "tensors")["outputs"] = [output]
    notebook["metadata"]["odd"] = [float("nan"), float("inf")]
    check(context, best, tmp_path, notebook)


def test_i6_what_was_saved_is_not_what_is_graded(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook
) -> None:
    """Right outputs under wrong code, and a value that was there in the student's kernel only."""
    right = {
        "output_type": "execute_result",
        "execution_count": 7,
        "metadata": {},
        "data": {"text/plain": "all passed"},
    }
    cell(notebook, "task-1-2").update(source="def my_sigmoid(x):\n    return x", outputs=[right])
    cell(notebook, "task-1-1").update(source="x, y, z = left_over_in_the_kernel", outputs=[right])
    check(context, best, tmp_path, notebook, sigmoid="WRONG_ANSWER", first_tensors="RUNTIME_ERROR")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("def my_sigmoid(x)\n    return 1", "RUNTIME_ERROR"),
        ("raise ValueError('no')\ndef my_sigmoid(x):\n    return 1", "RUNTIME_ERROR"),
        ("while True:\n    pass\ndef my_sigmoid(x):\n    return 1", "TIME_LIMIT"),
        ("import os\nos._exit(0)\ndef my_sigmoid(x):\n    return 1", "RUNTIME_ERROR"),
        ("import ctypes\nctypes.string_at(0)\ndef my_sigmoid(x):\n    return 1", "RUNTIME_ERROR"),
        ("import os\nos.kill(os.getpid(), 9)\ndef my_sigmoid(x):\n    return 1", "MEMORY_LIMIT"),
    ],
    ids=["syntax error", "raises", "loops", "exits", "crashes", "is killed"],
)
def test_i7_a_broken_cell_costs_what_it_defines(
    context: GradingContext, best: Sandbox, tmp_path: Path, notebook: Notebook, text: str, outcome: str
) -> None:
    """The other questions stay graded, also behind a cell that ends Python."""
    cell(notebook, "task-1-2")["source"] = text
    small = context.assignment.manifest.limits.model_copy(update={"import_seconds": 4.0})
    manifest = context.assignment.manifest.model_copy(update={"limits": small})
    patient = replace(context, assignment=replace(context.assignment, manifest=manifest))
    check(patient, best, tmp_path, notebook, sigmoid=outcome)
