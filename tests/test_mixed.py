"""A notebook beside modules: both are found, each check sees what it takes, and the notebook has the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from intake_class import FORMS, read_in
from lms_downloads import LAYOUTS, NAMES, Files, put
from scratch_notebook import markdown, notebook, outcomes

from grader.assignment.assignment import load_assignment
from grader.assignment.handout import Handout
from grader.assignment.manifest import Manifest, read_manifest
from grader.assignment.student_files import doubts, write_student_files
from grader.authoring.mutants import mutants_of
from grader.core.errors import AuthorError
from grader.core.written import Written
from grader.files.notebooks import CELLS
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import grade
from grader.grading.reference import read_reference
from grader.grading.regenerate import regenerate
from grader.releasing.release import release_of, try_release
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan
from grader.submissions.reading import read_submission
from grader.submissions.roster import Person, Roster

QUESTION = {"id": "why", "title": "Why?", "prompt": "Say why.", "rubric": [{"points": 1, "text": "Because."}]}
MANIFEST = Manifest.model_validate(
    {
        "title": "Mixed",
        "form": "package",
        "package": "hw",
        "files": ["maths.py", "parts/shapes.py"],
        "notebook": "report.ipynb",
        "questions": [QUESTION],
    }
)
LOOSE = MANIFEST.model_copy(update={"package": "."})
WORK: Files = {"maths.py": b"x = 1\n", "parts/shapes.py": b"y = 1\n", "table.csv": b"1"}
PAGE = notebook("z = 1", markdown("<!-- answer: why -->\nSo it is."))


# --- what is submitted ---


@FORMS
@pytest.mark.parametrize("manifest", [MANIFEST, LOOSE], ids=["package", "loose"])
@pytest.mark.parametrize("at", ["", "a/b/", "hw/"])
def test_both_are_found(tmp_path: Path, manifest: Manifest, form: str, at: str) -> None:
    """The notebook wherever it lies, also without the modules' folder; with their data and its answers."""
    files = {f"hw/{path}": content for path, content in WORK.items()}
    found = read_in(form, {**files, f"{at}report.ipynb": PAGE, "b/other.ipynb": PAGE}, tmp_path, manifest)
    assert (found.problem, found.missing) == (None, ())
    assert {path: content for path, content in found.files.items() if path != CELLS} == WORK
    assert [cell["source"] for cell in json.loads(found.files[CELLS])] == ["z = 1"]
    assert found.answers == {"why": Written("So it is.")}
    assert found.notes == ("left aside: `b/other.ipynb`: `report.ipynb` is there",)


@FORMS
def test_one_of_the_two_may_be_missing_or_wrong(tmp_path: Path, form: str) -> None:
    """A missing notebook is told like a missing module; where all modules are, or it is damaged, a person looks."""
    modules = {f"hw/{path}": content for path, content in WORK.items()}
    found = read_in(form, modules, tmp_path / "modules", MANIFEST)
    assert (found.problem, found.missing, CELLS in found.files) == (None, ("report.ipynb",), False)
    found = read_in(form, {"x/report.ipynb": PAGE}, tmp_path / "notebook", MANIFEST)
    assert found.problem == "no folder `hw` with maths.py, parts/shapes.py; found x"
    found = read_in(form, {**modules, "report.ipynb": PAGE[:-9]}, tmp_path / "damaged", MANIFEST)
    assert "`report.ipynb`: it cannot be read as a notebook" in str(found.problem)


@FORMS
def test_names_and_what_was_given_out(tmp_path: Path, form: str) -> None:
    """A notebook of another name counts with a note, an untouched one beside it does not, nor does data elsewhere."""
    handout = Handout({"maths.py": b"", "report.ipynb": notebook("z = ...")})
    page = notebook("z = open('far.csv'), open('table.csv')")
    files = {"hw/maths.py": b"x = 1", "hw/table.csv": b"", "report.ipynb": notebook("z  = ..."), "mine.ipynb": page}
    found = read_in(form, {**files, "hw/parts/shapes.py": b"", "d/far.csv": b""}, tmp_path, MANIFEST, handout)
    assert (found.problem, found.missing) == (None, ())
    assert b"far.csv" in found.files[CELLS]
    assert set(found.notes) == {
        "`mine.ipynb` was used as `report.ipynb`",
        "left aside: `report.ipynb`: still as given out",
        "left aside: `d/far.csv`: it lies in no folder of the modules",
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_a_download_has_them(tmp_path: Path, layout: Callable[..., Path]) -> None:
    """Also where files were uploaded one by one."""
    ids = ("12345", "23456", "34567")
    work = {id: {**WORK, "maths.py": f"# {id}\n".encode(), "report.ipynb": notebook(f"z = {id}")} for id in ids}
    people = Roster(tuple(Person(id, name) for id, name in zip(ids, NAMES, strict=False)))
    found = plan(layout(work, tmp_path / "class"), roster=people, manifest=LOOSE)
    read = {entry.id: entry.read(LOOSE, tmp_path / "work") for entry in found.entries}
    assert sorted(read) == sorted(ids), found
    for id, each in read.items():
        assert (each.problem, each.missing) == (None, ())
        assert id.encode() in each.files[CELLS] and id.encode() in each.files["maths.py"], each.notes


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('files = ["cells.json"]', "cells.json has the name that the cells of a notebook get; rename it"),
        ('files = ["a.py"]\nprovided = ["hw/cells.json"]', "hw/cells.json has the name that the cells of a notebook"),
        ("", "a package needs files"),
    ],
)
def test_an_assignment_that_cannot_be(tmp_path: Path, lines: str, said: str) -> None:
    """In one sentence."""
    text = f'title = "t"\nform = "package"\npackage = "hw"\nnotebook = "report.ipynb"\n{lines}\n'
    (tmp_path / "assignment.toml").write_text(text)
    with pytest.raises(AuthorError, match=said):
        read_manifest(tmp_path)


# --- a course ---


COURSE = """
title = "Mixed"
form = "package"
package = "hw"
files = ["maths.py", "shapes.py"]
notebook = "report.ipynb"
skip_calls = ["train_for_hours"]
reference = "solution"
claimable_percent = 100

[[questions]]
id = "why"
title = "Why?"
prompt = "Say why."
rubric = [{ points = 1, text = "Because of the long proof in the book." }]
"""
CHECKS = '''
from grader import check, close


@check(points=1, seconds=9, expect=[close("seen")])
def doubles(hw):
    """`double` doubles."""
    return {"seen": hw.maths.double(2.0)}


@check(points=1, seconds=9, expect=[close("seen")])
def rate_of_the_notebook(notebook):
    """`rate` is right."""
    return {"seen": notebook.rate}


@check(points=1, seconds=9, expect=[close("seen")])
def doubles_twice(hw, notebook):
    """`twice` calls `double`."""
    hw.maths.double = lambda value: value + 0.5
    return {"seen": notebook.twice(2.0)}
'''
MATHS = '''"""Mathematics."""


def double(value):
    """Twice the value."""
    # BEGIN SOLUTION: double it
    return 2 * value
    # END SOLUTION
'''
SOLVED: Files = {"hw/maths.py": MATHS.encode(), "hw/shapes.py": b"side = 1\n"}
RATE = "rate = 0.5  # SOLUTION"
TWICE = """from hw import maths


def twice(value):
    # BEGIN SOLUTION: use what you have written in maths.py
    return maths.double(maths.double(value))
    # END SOLUTION"""
ANSWER = markdown("# Why\n<!-- answer: why -->\nBecause a book says so, which I have not read at all.")


def solved_notebook(*cells: str | dict[str, Any]) -> bytes:
    """One whose cells need no ids."""
    return notebook(*cells, nbformat_minor=4)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> GradingContext:
    """With a module and a notebook, stubs and expected values."""
    home = tmp_path_factory.mktemp("mixed") / "report"
    solved = {f"solution/{name}": content for name, content in SOLVED.items()}
    solved["solution/report.ipynb"] = solved_notebook(RATE, TWICE, ANSWER)
    put(home, {**solved, "assignment.toml": COURSE.encode(), "checks.py": CHECKS.encode()})
    write_student_files(home / "solution", home, read_manifest(home))
    assignment = load_assignment(home)
    regenerate(assignment, best, jobs=2, done=lambda name: None)
    return prepare(assignment, assignment.checks)


def submitted(course: GradingContext, folder: Path, best: Sandbox, files: Mapping[str, bytes]) -> Report:
    """The report on these files."""
    return grade(course, read_submission(put(folder / "ada", files), course.assignment.manifest), best)


PASSED = ["PASSED"] * 3
GRADED: dict[str, tuple[Files, Sequence[str | dict[str, Any]] | None, list[str], str]] = {
    "right": (SOLVED, [RATE, TWICE, ANSWER], PASSED, ""),
    "no notebook": (SOLVED, None, ["PASSED", "MISSING", "MISSING"], "there is no report.ipynb"),
    "forgotten module": (
        {"hw/shapes.py": b""},
        [RATE, TWICE],
        ["MISSING", "PASSED", "MISSING"],
        "there is no hw/maths.py",
    ),
    "a module that does not import": (
        {**SOLVED, "hw/maths.py": b"1 / 0"},
        [RATE, TWICE],
        ["RUNTIME_ERROR", "PASSED", "RUNTIME_ERROR"],
        "hw/maths.py could not be imported: ZeroDivisionError",
    ),
    "a cell that ends Python": (
        SOLVED,
        [RATE, "import os\nos._exit(1)", "1 / 0", TWICE.replace("def twice", "1 / 0\ndef twice")],
        ["PASSED", "PASSED", "RUNTIME_ERROR"],
        "cell 4 stopped: ZeroDivisionError in cell 4:4",
    ),
    "a wrong value and a skipped cell": (
        SOLVED,
        ["rate = 0.25", "def train_for_hours(): 1 / 0", "train_for_hours()", TWICE],
        ["PASSED", "WRONG_ANSWER", "PASSED"],
        "cell 3 is not run while grading: it calls train_for_hours",
    ),
}


@pytest.mark.parametrize("name", GRADED)
def test_each_check_sees_what_it_takes(course: GradingContext, best: Sandbox, tmp_path: Path, name: str) -> None:
    """Modules fail with their module, cells with what they define, and both are one program."""
    files, cells, expected, said = GRADED[name]
    report = submitted(
        course, tmp_path, best, {**files, **({"report.ipynb": solved_notebook(*cells)} if cells else {})}
    )
    assert outcomes(report) == expected, report.verdicts
    assert said in "\n".join([*report.notes, *(each.message for each in report.verdicts)])
    assert not any(each.missing_module for each in report.verdicts)
    answer = "Because a book says so, which I have not read at all." if name == "right" else None
    assert [each.text for each in report.answers] == [answer]


def test_what_students_begin_with_is_released(course: GradingContext, best: Sandbox) -> None:
    """Both files, cut; none of it is attempted yet, and the solution earns all points there."""
    home = course.assignment.folder
    stubs = {name: (home / name).read_text() for name in ("hw/maths.py", "report.ipynb")}
    assert 'raise NotImplementedError("double it")' in stubs["hw/maths.py"]
    assert "rate = ..." in stubs["report.ipynb"] and "book" not in stubs["report.ipynb"]
    release = release_of(course.assignment)
    assert {"hw/maths.py", "report.ipynb"} <= {*release.files}
    assert set(outcomes(try_release(release, best))) == {"NOT_ATTEMPTED"}
    (home / "report.ipynb").write_text(
        stubs["report.ipynb"].replace("# Why", "# Because of the long proof in the book.")
    )
    with pytest.raises(AuthorError, match=r"report\.ipynb: not what the reference gives"):
        release_of(course.assignment)
    (home / "report.ipynb").write_text(stubs["report.ipynb"])


def test_mistakes_are_made_in_both(course: GradingContext) -> None:
    """Where students write."""
    reference = read_reference(course.assignment)
    mutants = mutants_of(reference, course.assignment.manifest)
    assert {each.place for each in mutants} == {"maths.py", "cell 1", "cell 2"}
    for each in mutants:
        changed = each.of(reference).files
        assert [name for name in changed if changed[name] != reference.files[name]] == [
            "maths.py" if each.place == "maths.py" else CELLS
        ]


def test_a_notebook_may_be_given_whole(tmp_path: Path) -> None:
    """As one that only draws is; that is said, and refused where nothing at all is marked."""
    solved = put(tmp_path, {"hw/maths.py": MATHS.encode(), "report.ipynb": solved_notebook("rate = 0.5")})
    manifest = MANIFEST.model_copy(update={"files": ["maths.py"]})
    assert doubts(solved, manifest) == ["report.ipynb: nothing in it is marked as solution; students get it whole"]
    (solved / "hw/maths.py").write_bytes(b"x = 1\n")
    with pytest.raises(AuthorError, match="nothing is marked as solution"):
        write_student_files(solved, tmp_path / "out", manifest)


def test_a_check_cannot_take_what_is_not_submitted(course: GradingContext, tmp_path: Path) -> None:
    """One sentence says so."""
    manifest = COURSE.replace('notebook = "report.ipynb"\n', "")
    home = put(tmp_path / "report", {"assignment.toml": manifest.encode(), "checks.py": CHECKS.encode()})
    with pytest.raises(AuthorError, match='takes "notebook", but none is submitted beside modules'):
        load_assignment(home)


def test_values_are_stale_when_either_changes(course: GradingContext, tmp_path: Path) -> None:
    """The module's meaning, or a cell's."""
    files = {path.relative_to(course.assignment.folder).as_posix(): path.read_bytes()
             for path in course.assignment.folder.rglob("*") if path.is_file()}  # fmt: skip
    changes = {
        "solution/hw/maths.py": MATHS.replace("2 *", "3 *").encode(),
        "solution/report.ipynb": solved_notebook(RATE),
    }
    for number, (name, content) in enumerate(changes.items()):
        copied = load_assignment(put(tmp_path / str(number), {**files, name: content}))
        with pytest.raises(AuthorError, match="the reference solution changed"):
            prepare(copied, copied.checks)
