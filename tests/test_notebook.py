"""Notebooks: read without a kernel whatever they hold; each cell costs only what it defines."""

from __future__ import annotations

import ast
import contextlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scratch_notebook import GOOD, graded, markdown, notebook, outcomes, scratch_assignment

from grader.assignment.assignment import Assignment, load_assignment
from grader.core.errors import AuthorError
from grader.core.limits import Level
from grader.core.written import Written
from grader.files.notebooks import UnreadableNotebook, code_of, read_notebook
from grader.grading.context import prepare
from grader.grading.grade import grade, try_again
from grader.results.report import State
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission
from grader.worker.python_cells import as_python


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> Assignment:
    """Three checks with expected values."""
    return scratch_assignment(tmp_path_factory.mktemp("notebooks"), best)


@pytest.mark.harmless
@pytest.mark.parametrize("level", list(Level), ids=str)
def test_a_right_notebook_has_full_marks(start: Any, level: Level, assignment: Assignment, tmp_path: Path) -> None:
    """Functions and variables are found by name; Markdown answers stand in the report."""
    content = notebook(*GOOD, markdown("# Why\n<!-- answer: why -->\nBecause **it** is.\n"))
    report = graded(assignment, start(level), tmp_path, content)
    assert outcomes(report) == ["PASSED"] * 3
    assert [answer.text for answer in report.answers] == ["Because **it** is."]


BROKEN = {
    "a cell that raises": (["import math", "1 / 0", GOOD[1], "x = 2 * math.pi", GOOD[3]], ["PASSED"] * 3, ""),
    "a cell that raises before it defines": (
        [GOOD[0], GOOD[1], "y = 1 / 0\nx = 3", GOOD[3]],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 3 stopped: ZeroDivisionError in cell 3:1",
    ),
    "a cell that is not Python": (
        [GOOD[0], "def double(v)\n    return 2 * v", "x = 2 * math.pi", GOOD[3]],
        ["RUNTIME_ERROR", "PASSED", "PASSED"],
        "cell 2 stopped: cell 2:1: SyntaxError",
    ),
    "a name that is missing": ([GOOD[0], "def doubel(v):\n    return 2 * v", "x = 2 * math.pi", GOOD[3]],
                               ["MISSING", "PASSED", "PASSED"], "no cell of the notebook defines `double`"),
    "a loop without end": (
        [*GOOD[:2], "x = 2 * math.pi\nwhile True:\n    pass", GOOD[3]],
        ["PASSED", "PASSED", "PASSED"],
        "",
    ),
    "a loop without end before its name": (
        [*GOOD[:2], "while True:\n    pass\nx = 1", GOOD[3]],
        ["PASSED", "TIME_LIMIT", "PASSED"],
        "cell 3 was stopped after 2.0 s",
    ),
    "an exit": (["import sys\nsys.exit()", *GOOD], ["PASSED"] * 3, ""),
    "a hard exit": (
        [*GOOD[:2], "import os\nos._exit(0)\nx = 1", GOOD[3]],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 3 stopped in line 2: your code ended Python (exit status 0)",
    ),
    "a hard exit behind its names": ([*GOOD[:3], "import os\nos._exit(1)", GOOD[3]], ["PASSED"] * 3, ""),
    "a segmentation fault": (
        [*GOOD[:2], "import ctypes\n\nfor _ in range(3):\n    ctypes.string_at(0)\nx = 1", GOOD[3]],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 3 stopped in line 3: Python crashed (segmentation fault)",
    ),
    "an abort": (
        [*GOOD[:2], "import os\nos.abort()\nx = 1", GOOD[3]],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 3 stopped in line 2: Python was killed (Aborted)",
    ),
    "a kill": (
        [*GOOD[:2], "import os\nos.kill(os.getpid(), 9)\nx = 1", GOOD[3]],
        ["PASSED", "MEMORY_LIMIT", "PASSED"],
        "cell 3 stopped in line 2: the system killed Python, most likely because memory ran out",
    ),
    "nine crashes": (
        ["import os", *["os._exit(0)"] * 8, *GOOD[:2], "os.abort()\nx = 1", GOOD[3]],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 12 stopped in line 1: Python was killed (Aborted)",
    ),
    "a crash after a loop without end": (
        ["while True:\n    pass", *GOOD[:2], "import os\nos._exit(0)\nx = 1", GOOD[3]],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 4 stopped in line 2",
    ),
    "what crashes takes along": (
        [*GOOD[:2], "import os\nos._exit(0)\npi = 3", "x = 2 * pi", GOOD[3]],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 4 stopped: `pi` is not defined in cell 4:1: cell 3 stopped in line 2: your code ended Python",
    ),
    "imports beside one that fails": (
        ["import no_such as sns\nimport math\nsns.set()\nimport fractions", GOOD[1], "x = fractions.math.pi * 2",
         "def greet():\n    return sns.hello"],
        ["PASSED", "PASSED", "RUNTIME_ERROR"],
        "`sns` is not defined in cell 4:2 (greet): `no_such` is imported in cell 1:1 but is neither installed here nor",
    ),
    "cells below magics": (
        ["%%capture\n!pip install a \\\n  b\nimport math", f"%%time\n{GOOD[1]}", "%time x = 2 * math.pi",
         f"%%writefile greet.py\n{GOOD[3]}"],
        ["PASSED", "PASSED", "MISSING"],
        "`greet` stands in cell 4 below `%%writefile`: such a cell defines nothing",
    ),
    "a notebook's shell": (
        ["files = !ls\nget_ipython().run_line_magic('matplotlib', 'inline')\nimport IPython, math\n"
         "IPython.get_ipython().events.register('x', 1)\nfrom IPython.display import HTML\nHTML('x')",
         GOOD[1], "async def tau():\n    return math.tau\nx = await tau() + len(files)", GOOD[3]],
        ["PASSED"] * 3,
        "",
    ),
    "a cell that comes too early": (
        [*GOOD[:2], "x = tau", GOOD[3], "tau = 2 * math.pi"],
        ["PASSED", "RUNTIME_ERROR", "PASSED"],
        "cell 3 stopped: `tau` is not defined in cell 3:1: `tau` gets its value in cell 5, further down",
    ),
    "a placeholder": ([*GOOD[:2], "x = ...", GOOD[3]], ["PASSED", "NOT_ATTEMPTED", "PASSED"], "placeholder"),
    "no cells": ([], ["MISSING"] * 3, "no cell of the notebook defines"),
    "stolen cells": ([GOOD[3], GOOD[1], "x = 6.283185307179586"], ["PASSED"] * 3, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_cell_costs_what_it_defines(best: Sandbox, assignment: Assignment, tmp_path: Path, name: str) -> None:
    """The other questions stay graded."""
    cells, expected, words = BROKEN[name]
    report = graded(assignment, best, tmp_path, notebook(*cells))
    assert outcomes(report) == expected, report.verdicts
    if words:
        assert any(words in verdict.message for verdict in report.verdicts), report.verdicts


def test_a_cell_that_swallows_its_alarms_costs_what_it_defines(
    best: Sandbox, assignment: Assignment, tmp_path: Path
) -> None:
    """Nothing that Python code does keeps the other cells from being run."""
    loop = "while True:\n    try:\n        while True: pass\n    except BaseException: pass\nx = 1"
    assert outcomes(graded(assignment, best, tmp_path, notebook(*GOOD[:2], loop, GOOD[3]))) == [
        "PASSED", "TIME_LIMIT", "PASSED",
    ]  # fmt: skip


def test_magics_and_shell_lines_are_left_out_with_a_note(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """`!rm`, `%run`, `%%bash`, help and assignments from the shell; a `%` within Python stays."""
    shell = "!rm -rf /\n%matplotlib inline\nfiles = !ls\nmath?\nif True:\n    !touch owned\nx = (7\n% 4)\nx = math.tau"
    report = graded(assignment, best, tmp_path, notebook(*GOOD[:2], "%%bash\nrm -rf ~", shell, GOOD[3]))
    assert outcomes(report) == ["PASSED"] * 3
    assert "cell 3: not Python, so left out: %%bash" in report.notes
    assert "cell 4: not Python, so left out: !rm -rf /" in report.notes


LINES = ["%%time", "%%capture out", "%%bash", "!ls \\", "x = !ls", "%time y = 1", "def f():", "    !ls", "    pass",
         "(1", "% 2)",
         "'" * 3, "math?", "pip install a"]  # fmt: skip


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=9), max_size=6))
def test_python_stays_as_it_is_and_lines_keep_their_numbers(lines: list[str]) -> None:
    """Whatever a cell holds: what Python reads is untouched, and what comes out for another is read by Python."""
    source = "\n".join(lines)
    made, removed = as_python(source)
    if made not in ("", source):
        ast.parse(made)
        assert made.count("\n") == source.count("\n")
    with contextlib.suppress(SyntaxError, ValueError):
        ast.parse(source)
        assert (made, removed) == (source, "")


def test_an_answer_is_found_where_it_was_written(assignment: Assignment) -> None:
    """Below its cell, where what students were given has no such text, and in a cell that became code."""
    place = "<!-- answer: why -->\n\n*Write your answer here.*"
    cells = [markdown(place), markdown("Given."), markdown("Mine."), markdown("## Next")]
    read = read_notebook(notebook(*cells))
    assert read.answers() == {"why": Written(None, untouched=True)}
    below = read.answers({"Given.", "## Next"})["why"]
    assert below.text == "Mine." and "below its place" in below.problem
    in_code = read_notebook(notebook("<!-- answer: why -->\nMine.")).answers()["why"]
    assert in_code.text == "Mine." and "code cell" in in_code.problem


def test_cells_are_skipped_by_tag_or_call_only(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """A call within a function that is only defined does not count."""
    tagged = {"cell_type": "code", "metadata": {"tags": ["skip"]}, "source": "x = 0", "outputs": []}
    define = "def train_for_hours():\n    raise SystemExit\ndef again():\n    train_for_hours()"
    report = graded(assignment, best, tmp_path, notebook(*GOOD, define, "x = train_for_hours()\nx = 0", tagged))
    assert outcomes(report) == ["PASSED"] * 3
    assert report.notes == (
        "cell 6 is not run while grading: it calls train_for_hours",
        "cell 7 is not run while grading: it is tagged skip",
    )


IN_COLAB = """
from google.colab import drive, files
import google.colab as here
import google.colab
from google.colab.patches import cv2_imshow
drive.mount('/content/drive', force_remount=True)
uploaded = files.upload()
names = [name for name in uploaded.keys()] + [here.userdata.get('KEY')]
google.colab.output.clear()
cv2_imshow(names)
import math
"""


def test_what_only_colab_has_costs_nothing(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """Nobody can upload, mount or look; what needs a file says so; who asks for Colab hears that it is not there."""
    asks = "try:\n    import google.colab\n    x = 0\nexcept ImportError:\n    x = double(math.pi)"
    report = graded(assignment, best, tmp_path, notebook(IN_COLAB, GOOD[1], asks, "uploaded['a.csv']\n" + GOOD[3]))
    assert outcomes(report) == ["PASSED", "PASSED", "RUNTIME_ERROR"]
    (failed,) = (each for each in report.verdicts if each.message)
    said = "'a.csv is not here: nothing is uploaded while this is graded'"
    assert failed.message == f"cell 4 stopped: KeyError in cell 4:1: {said}"
    assert "Colab" in failed.next_step and not report.notes


def test_what_a_cut_cell_lacks_is_not_final(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """A busy machine may have stopped the cell: what did not pass is tried again, and passes where there is time."""
    slow = "x = 0\nimport time\ntime.sleep(3)\nx = 2 * math.pi"
    (tmp_path / "homework.ipynb").write_bytes(notebook(*GOOD[:2], slow, GOOD[3]))
    submission = read_submission(tmp_path, assignment.manifest, id="student")
    first = grade(prepare(assignment, assignment.checks), submission, best)
    assert outcomes(first) == ["PASSED", "WRONG_ANSWER", "PASSED"]
    assert [each.check for each in first.waiting] == ["variable"]
    limits = assignment.manifest.limits.model_copy(update={"import_seconds": 20.0})
    manifest = assignment.manifest.model_copy(update={"limits": limits})
    patient = replace(assignment, manifest=manifest)
    second = try_again(prepare(patient, assignment.checks), submission, best, first)
    assert outcomes(second) == ["PASSED"] * 3
    assert second.waiting == ()


TAGGED = {"cell_type": "code", "metadata": {"tags": ["skip"]}, "source": GOOD[3], "outputs": []}


@pytest.mark.parametrize(
    ("cells", "stale"),
    [
        ([*GOOD[:3], "def greet():\n    return 'hi'"], True),
        ([*GOOD[:3], TAGGED], True),
        ([*GOOD[:3], "# a comment\ndef greet():\n    return 'hello'", markdown("# Text")], False),
    ],
    ids=["code", "tag", "comment"],
)
def test_values_are_stale_when_the_reference_means_something_else(
    assignment: Assignment, tmp_path: Path, cells: list[Any], stale: bool
) -> None:
    """Another function, or a cell that is not run any more; not a comment, and not text for people."""
    copied = load_assignment(shutil.copytree(assignment.folder, tmp_path / "copy"))
    (copied.folder / "reference" / "homework.ipynb").write_bytes(notebook(*cells))
    if stale:
        with pytest.raises(AuthorError, match="the reference solution changed"):
            prepare(copied, copied.checks)
    else:
        prepare(copied, copied.checks)


def test_what_cells_print_is_not_what_a_check_prints(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """The log beside a check has what its own calls have printed."""
    greet = "print('from a cell')\ndef greet():\n    print('from the function')\n    return 'What?'"
    said = graded(assignment, best, tmp_path, notebook(*GOOD[:3], greet)).verdicts[2]
    assert said.log == "from the function\n"


def test_a_definition_in_a_skipped_cell_is_told(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """Not that it is nowhere, but where it is and why that is not run."""
    train = "def greet():\n    return 'hello'\ntrain_for_hours()"
    report = graded(assignment, best, tmp_path, notebook(*GOOD[:3], "def train_for_hours(): pass", train))
    assert outcomes(report) == ["PASSED", "PASSED", "MISSING"]
    said = report.verdicts[2]
    assert said.message == "`greet` is defined in cell 5, which is not run while grading: it calls train_for_hours"
    assert said.next_step == "Give the definition of `greet` a cell of its own."


UNREADABLE = {
    "truncated": (notebook(*GOOD)[:-40], "damaged"),
    "no text": (b"\xff\xfe\x00", "damaged"),
    "a list": (b"[]", "no cells"),
    "nested": (b"[" * 100_000, ""),
    "cells that are none": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "no cells"),
    "a merge": (b'{\n<<<<<<< HEAD\n "cells": [],\n=======\n>>>>>>> b\n}', "marks of a merge"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "`git lfs pull`"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_not_a_notebook_is_quarantined(
    best: Sandbox, assignment: Assignment, tmp_path: Path, name: str
) -> None:
    """With the reason, and without an end to the batch."""
    content, why = UNREADABLE[name]
    report = graded(assignment, best, tmp_path, content)
    assert report.state is State.QUARANTINED
    assert "cannot be read as a notebook" in (report.reason or "") and why in report.reason


def test_older_odd_and_heavy_notebooks_are_graded(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """Version 3, UTF-16, no kernel, the same id twice, NaN in metadata, 20 MB of outputs, another name."""
    old_cells = [{"cell_type": "code", "input": cell, "outputs": [], "language": "python"} for cell in GOOD]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": old_cells}]}
    heavy = [
        {
            "cell_type": "code",
            "id": "same",
            "metadata": {},
            "source": cell,
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "x" * 5_000_000}],
        }
        for cell in GOOD
    ]
    wide = notebook(*GOOD).decode().encode("utf-16")
    for number, content in enumerate(
        (json.dumps(old).encode(), wide, notebook(*heavy, metadata={"odd": float("nan")}))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        report = graded(assignment, best, folder, content, name="My Homework (1).ipynb")
        assert outcomes(report) == ["PASSED"] * 3, report
        assert report.notes == ("`My Homework (1).ipynb` was used as `homework.ipynb`",)


def test_what_would_take_gigabytes_to_read_is_refused() -> None:
    """Before it is parsed: each little part of a JSON text takes a hundred bytes."""
    with pytest.raises(UnreadableNotebook, match="far too many parts"):
        read_notebook(b'{"nbformat":4,"cells":[],"metadata":{"a":[' + b"{}," * 2_000_001 + b"{}]}}")


KEYS = [
    "cells", "worksheets", "cell_type", "source", "metadata", "tags", "outputs", "data", "nbformat", "image/png",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    JSON
    | st.fixed_dictionaries({"nbformat": st.just(4), "nbformat_minor": st.just(5), "metadata": JSON, "cells": JSON})
)
def test_any_json_is_a_notebook_or_refused(tree: Any) -> None:
    """Nothing else is ever raised, and what is read can be run."""
    try:
        read = read_notebook(json.dumps(tree).encode())
    except UnreadableNotebook:
        return
    assert isinstance(json.loads(code_of(read)), list)
