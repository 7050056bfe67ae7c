"""The plain install does what students need, what is absent is one sentence, and torch is loaded only to compute."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from absent import grader
from sample_reports import report, verdict
from tiny_course import TINY, Course

from grader.core import extras
from grader.core.errors import SandboxError, UsageError
from grader.core.limits import Level
from grader.doctor.namesakes import namesakes
from grader.results.folder import Class, save, save_class, settle
from grader.results.report import Answer, Illustrations
from grader.sandbox.sandbox import Sandbox

ABSENT = tuple(extras.EXTRA_OF)
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
LOOKS_AROUND = f"""
def square(x):
    import importlib.util
    assert not [each for each in {ABSENT} if importlib.util.find_spec(each)]
    return x * x
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The tiny course without expected values, solved."""
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected", "__pycache__"))
    home = tmp_path / "assignments/tiny"
    shutil.copytree(tmp_path / "solutions/tiny/hw", home / "hw", dirs_exist_ok=True)
    return home


@pytest.fixture
def solved(tiny: Course, tiny_copy: Path) -> Path:
    """The same with expected values."""
    home = tiny_copy / "assignments/tiny"
    for name, content in tiny.reference.items():
        (home / "hw" / name).write_bytes(content)
    return home


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of results with one student, who has a written answer, and a gradebook."""
    out = tmp_path / "results"
    save_class(out, Class("tiny", "Tiny", ("ada",)))
    answer = Answer("essay", "Why", "Why?", ((1, "A reason."),), "Because.")
    save(out, report(verdict("squares"), assignment="tiny", answers=(answer,)), Illustrations())
    settle(out)
    return out


@pytest.mark.slow
def test_the_plain_install_regenerates_and_checks_a_package(course: Path) -> None:
    """Nothing that an extra brings is needed: neither here nor in the warm process, where the student's code looks."""
    made = grader("regenerate", "tiny", without=ABSENT, folder=course.parent.parent)
    assert made.returncode == 0, made.stderr
    (course / "hw/maths.py").write_text(LOOKS_AROUND)
    done = grader("check", without=ABSENT, folder=course)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Total: 4 of 4 points" in done.stdout


@pytest.mark.process
def test_what_is_absent_is_one_sentence_with_the_extra_that_brings_it(course: Path) -> None:
    """Before torch is imported: the verb or the file, the module, the command."""
    (course / "a.ipynb").write_text(json.dumps(NOTEBOOK))
    other = course.with_name("book")
    other.mkdir()
    (other / "assignment.toml").write_text('title = "x"\nform = "notebook"\npackage = "nb"\nnotebook = "a.ipynb"\n')
    remedy = "pip install 'torch-grader[notebook]'\n"
    for arguments, absent, said in (
        (["notebook", "a.ipynb", "--html", "a.html"], "nbconvert", "grader notebook: needs nbconvert; "),
        (["grade", "../tiny", ".."], "nh3", "grader grade: needs nh3; "),
        (["check", "../book"], "nbformat", f"{other / 'assignment.toml'}: needs nbformat; "),
        (["bundle", "gradescope", "../book", "--out", "a.zip"], "nbformat", "assignment.toml: needs nbformat; "),
    ):
        done = grader(*arguments, without=(absent, "torch"), folder=course)
        assert done.returncode == 2, done.stderr
        assert done.stderr.endswith(said + remedy), done.stderr


@pytest.mark.slow
def test_checks_and_students_that_import_what_is_absent_are_told_the_extra(solved: Path) -> None:
    """In a file of checks, and in a student's module."""
    (solved / "hw/maths.py").write_text("import torchvision\n")
    student = grader("check", without=("torchvision",), folder=solved)
    assert "`torchvision` is imported in hw/maths.py:1 but is neither installed here" in student.stdout
    assert "If the course allows it: pip install 'torch-grader[vision]'" in student.stdout
    checks = solved / "checks.py"
    checks.write_text(checks.read_text().replace("import torch\n", "import torchvision\n"))
    author = grader("check", without=("torchvision",), folder=solved)
    assert author.returncode == 2
    assert author.stderr == "checks.py:3: needs torchvision; pip install 'torch-grader[vision]'\n"


@pytest.mark.slow
def test_a_broken_torchvision_ends_the_start_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is installed, so it is not passed over: a class would lose points for it."""
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    with (
        Sandbox(Level.SEPARATE) as sandbox,
        pytest.raises(SandboxError, match="not start: RuntimeError: operator torch"),
    ):
        sandbox.wait()


def test_an_unknown_module_is_not_an_extra() -> None:
    """Only what an extra brings is told so; anything else is a mistake of ours and keeps its traceback."""
    with pytest.raises(ModuleNotFoundError), extras.needed_by("grader"):
        import nothing_has_this_name  # type: ignore[import-not-found]  # noqa: F401
    said = r"grader: needs nh3; pip install 'torch-grader\[notebook\]'"
    with pytest.raises(UsageError, match=said), extras.needed_by("grader"):
        raise ModuleNotFoundError("No module named 'nh3.deep'", name="nh3.deep")


@pytest.mark.process
def test_verbs_that_compute_nothing_work_without_torch(course: Path, results: Path, tmp_path: Path) -> None:
    """Who submitted what, grades to and fro, and students' files: without torch in the machine at all."""
    (tmp_path / "solutions/tiny/hw/__init__.py").touch()
    (tmp_path / "in/ada/hw").mkdir(parents=True)
    (tmp_path / "in/ada/hw/maths.py").write_text("")
    (tmp_path / "filled.csv").write_text("id,question,points,comment\nada,essay,1,\n")
    (tmp_path / "canvas.csv").write_text('Student,ID,SIS User ID,SIS Login ID,Section,"HW (7)"\nA,1,ada,ada,s,\n')
    for arguments in (
        ["--help"],
        ["intake", "in", "--assignment", "tiny"],
        ["stubs", "tiny"],
        ["manual", "export", "results", "--out", "sheet.csv"],
        ["manual", "import", "results", "filled.csv"],
        ["export", "results", "--to", "csv", "--out", "grades.csv"],
        ["export", "results", "--to", "canvas", "--fill", "canvas.csv", "--out", "upload.csv"],
        ["export", "results", "--to", "gradescope", "--out", "there"],
    ):
        done = grader(*arguments, without=("torch",), folder=tmp_path)
        assert done.returncode == 0, (arguments, done.stderr)
    assert settle(results)[0].rows[0].points == 3


@pytest.mark.process
def test_mistakes_in_an_assignments_file_are_told_without_torch(course: Path) -> None:
    """By every verb that computes: the sentence comes at once, not after seconds of imports."""
    manifest = course / "assignment.toml"
    manifest.write_text(manifest.read_text().replace("title =", "titel ="))
    for arguments in (
        ["check"],
        ["grade", ".", "."],
        ["regenerate", "."],
        ["bundle", "gradescope", ".", "--out", "a.zip"],
        ["bundle", "github", ".", "--out", "."],
        ["release", ".", "--out", "a.zip"],
    ):
        done = grader(*arguments, without=("torch",), folder=course)
        assert done.returncode == 2, (arguments, done.stderr)
        assert "titel: there is no such key; did you mean title?" in done.stderr


def test_another_grader_is_named_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A student's file of that name, and the distribution of that name; this grader, and an empty folder, are none."""
    (tmp_path / "site/grader-1.2.dist-info").mkdir(parents=True)
    (tmp_path / "site/grader-1.2.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: grader\nVersion: 1.2\n")
    (tmp_path / "grader").mkdir()
    before = namesakes(tmp_path)
    (tmp_path / "grader.py").write_text("raise SystemExit('it was run')\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    installed, file = namesakes(tmp_path)
    assert installed.startswith("another distribution called grader (1.2) is installed; run `pip uninstall grader`")
    assert file.startswith(f"{tmp_path / 'grader.py'}: Python started here imports it instead of this grader; ")
    assert not [each for each in before if str(tmp_path) in each]


def test_the_containerfile_copies_what_it_installs() -> None:
    """Each source is there, with the files that pyproject.toml names; it installs what the README installs."""
    root = Path(__file__).parent.parent
    text = (root / "Containerfile").read_text()
    copied = [source for line in re.findall(r"^COPY (.*) \S+$", text, re.M) for source in line.split()]
    assert all((root / source).exists() for source in copied)
    assert {"pyproject.toml", "README.md", "LICENSE", "constraints.txt", "grader"} == set(copied)
    assert (
        "-c constraints.txt '.[staff]'" in text and "-c constraints.txt '.[staff]'" in (root / "README.md").read_text()
    )
