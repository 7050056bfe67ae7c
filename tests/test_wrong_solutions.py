"""Known wrong solutions: a table makes its mistake in the reference; one that does not fit is refused in a sentence."""

import json
from pathlib import Path

import pytest
from wrong_solutions import WrongSolution, read_wrong_solutions

MATHS = "def square(x):\n    return x * x\n\n\ndef cube(x):\n    return x * square(x)\n"
CELLS = [("code", "x = 2\n"), ("markdown", "z = 3"), ("code", ["def square(x):\n", "    return x * x\n"])]
NAMES = ["squares[small]", "squares[large]", "cubes"]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A reference of two modules."""
    (tmp_path / "powers/hw").mkdir(parents=True)
    (tmp_path / "powers/hw/__init__.py").write_text("")
    (tmp_path / "powers/hw/maths.py").write_text(MATHS)
    return tmp_path / "powers"


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A reference of one notebook, whose sources are text or lists of lines."""
    (tmp_path / "slopes").mkdir()
    cells = [{"cell_type": kind, "metadata": {}, "source": source} for kind, source in CELLS]
    (tmp_path / "slopes/slopes.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    return tmp_path / "slopes"


def only(solution: Path, table: str) -> WrongSolution:
    """The one wrong solution that this table makes."""
    (solution / "wrong.toml").write_text(f"[slip]\nfails = ['cubes=WRONG_ANSWER']\n{table}")
    (wrong,) = read_wrong_solutions(solution)
    return wrong


def sources(wrong: WrongSolution) -> list[str]:
    """The cells of the notebook that is submitted."""
    ((name, text),) = wrong.files().items()
    assert name == "slopes.ipynb"
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def test_an_edit_changes_one_place_and_leaves_the_other_files(package: Path) -> None:
    """All else is the reference."""
    wrong = only(package, "file = 'maths.py'\nold = 'x * x'\nnew = 'x + x'")
    assert wrong.files() == {"hw/__init__.py": "", "hw/maths.py": MATHS.replace("x * x", "x + x")}


def test_edits_are_made_in_order(package: Path) -> None:
    """What one has written, the next may change."""
    wrong = only(
        package, "file = 'maths.py'\nedits = [{old = 'x * x', new = '1'}, {old = 'return 1', new = 'return 2'}]"
    )
    assert wrong.files()["hw/maths.py"] == MATHS.replace("x * x", "2")


def test_an_edit_of_a_notebook_finds_its_cell(notebook: Path) -> None:
    """However the source is kept; text cells are not looked at."""
    wrong = only(notebook, "edits = [{old = '2', new = '3'}, {old = 'x * x', new = 'x'}]")
    assert sources(wrong) == ["x = 3\n", "z = 3", "def square(x):\n    return x\n"]


def test_a_cell_comes_behind_the_others(notebook: Path) -> None:
    """So it has the last word on a name."""
    assert sources(only(notebook, "cell = 'y = 5'"))[2:] == ["def square(x):\n    return x * x\n", "y = 5"]


def test_they_come_in_the_order_of_the_file(package: Path) -> None:
    """A class of the first few is the same every time."""
    table = "fails = ['cubes=MISSING']\nfile = 'maths.py'\nold = 'cube'\nnew = 'Cube'\n"
    (package / "wrong.toml").write_text(f"[b]\nwhy = 'misspelt'\n{table}[a]\n{table}")
    assert [(wrong.how, wrong.why) for wrong in read_wrong_solutions(package)] == [("b", "misspelt"), ("a", "")]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("fiel = 'maths.py'\nold = 'cube'\nnew = ''", "`fiel`: Extra inputs are not permitted"),
        ("file = 'maths.py'\nedits = [{old = 'cube', now = ''}]", "`new`: Field required"),
        ("file = 'maths.py'\nold = 'cube'", "`new`: Field required"),
        ("file = 'maths.py'\nold = ''\nnew = 'x'", "`old`: String should have at least 1 character"),
        ("file = 'maths.py'", "needs edits or a cell, and not both"),
        ("file = 'maths.py'\nold = 'cube'\nnew = ''\ncell = 'x'", "needs edits or a cell, and not both"),
        ("file = 'math.py'\nold = 'cube'\nnew = ''", "needs edits of a file that the reference has, not of 'math.py'"),
        ("old = 'cube'\nnew = ''", "needs edits of a file that the reference has, not of ''"),
        ("cell = 'x = 1'", "needs edits of a file that the reference has, not of ''"),
        ("file = 'maths.py'\nold = 'x + x'\nnew = ''", "'x + x' must stand in the reference once, not 0 times"),
        ("file = 'maths.py'\nold = 'return x'\nnew = ''", "'return x' must stand in the reference once, not 2 times"),
    ],
)
def test_a_table_that_does_not_fit_a_package_is_refused(package: Path, table: str, said: str) -> None:
    """The sentence names the file, the table, and what is wrong."""
    with pytest.raises(ValueError) as error:
        only(package, table).files()
    assert str(error.value) == f"solutions/powers/wrong.toml: slip: {said}"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file = 'hw.py'\nold = 'y'\nnew = ''", "needs edits of a file that the reference has, not of 'hw.py'"),
        ("old = 'z = 3'\nnew = ''", "'z = 3' must stand in the reference once, not 0 times"),
        ("old = 'x'\nnew = ''", "'x' must stand in the reference once, not 4 times"),
    ],
)
def test_a_table_that_does_not_fit_a_notebook_is_refused(notebook: Path, table: str, said: str) -> None:
    """A notebook has no files to name, and all its code cells are searched together."""
    with pytest.raises(ValueError) as error:
        only(notebook, table).files()
    assert str(error.value) == f"solutions/slopes/wrong.toml: slip: {said}"


def promised(package: Path, fails: str) -> dict[str, str]:
    """What these words promise."""
    (package / "wrong.toml").write_text(f"[slip]\nfails = {fails}\ncell = 'x'")
    (wrong,) = read_wrong_solutions(package)
    return wrong.promised(NAMES)


def test_the_name_of_a_check_means_all_its_cases(package: Path) -> None:
    """A case may be named alone."""
    assert promised(package, "['squares=MISSING']") == {"squares[small]": "MISSING", "squares[large]": "MISSING"}
    assert promised(package, "['squares[small]=WRONG_ANSWER', 'cubes=TIME_LIMIT']") == {
        "squares[small]": "WRONG_ANSWER",
        "cubes": "TIME_LIMIT",
    }


@pytest.mark.parametrize("word", ["roots=MISSING", "squares[huge]=MISSING", "cubes", "cubes=WRONG", "cubes=PASSED"])
def test_a_promise_that_means_nothing_is_refused(package: Path, word: str) -> None:
    """A misspelt promise must not become no promise."""
    with pytest.raises(ValueError) as error:
        promised(package, f"['{word}']")
    said = f"{word!r} does not name a check and an outcome other than PASSED"
    assert str(error.value) == f"solutions/powers/wrong.toml: slip: {said}"


def test_a_promise_is_needed(package: Path) -> None:
    """A solution that fails nothing is not a wrong one."""
    with pytest.raises(ValueError, match="slip: `fails`: "):
        promised(package, "[]")
