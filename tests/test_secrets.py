"""Nothing that a command reads or writes may lie where rooms look: it is refused before anything is made."""

from __future__ import annotations

import shutil
import sys
import tempfile
import uuid
from pathlib import Path

import pytest
from tiny_course import TINY
from typer.testing import CliRunner

import grader
from grader.cli.app import app
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.grading.secrets import secrets_of
from grader.grading.session import Checks, Session
from grader.sandbox.levels import best_level, refuse_shown, why_not
from grader.sandbox.room import shown_by

NEW = f"results-{uuid.uuid4().hex}"
FORBIDDEN = {
    "the virtual environment": Path(sys.prefix),
    "an installation for everybody": Path("/usr/local"),
    "a folder that does not exist": Path("/usr/local") / NEW,
    "the interpreter": Path(sys.base_prefix),
    "grader itself": Path(grader.__file__).parent,
}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The tiny assignment, without expected values, and a class of one."""
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    shutil.copytree(tmp_path / "solutions/tiny/hw", tmp_path / "in/ada/hw")
    for name in ("expected", "secret", "data"):
        (tmp_path / "assignments/tiny" / name).mkdir()
        (tmp_path / "assignments/tiny" / name / "squares.safetensors").touch()
    (tmp_path / "roster.csv").write_text("id\nada\n")
    (tmp_path / "late.csv").write_text("id,days\nada,1\n")
    manifest = tmp_path / "assignments/tiny/assignment.toml"
    late = "[late]\ndeadline = 2026-11-20T23:59:00+01:00\npercent_per_day = 10\n"
    manifest.write_text(manifest.read_text().replace("[limits]", f"{late}\n[limits]"))
    return tmp_path


@pytest.fixture
def conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prefix of conda's that this Python runs from, and that can be written to."""
    prefix = tmp_path / "conda"
    prefix.mkdir()
    monkeypatch.setattr(sys, "base_prefix", str(prefix))
    return prefix


def refusal(*arguments: str | Path) -> str:
    """Why `grader` refuses a command."""
    if best_level()[0] is Level.SEPARATE:
        pytest.skip("this machine contains no code, so nothing is hidden from it")
    error = CliRunner().invoke(app, [*map(str, arguments)]).exception
    assert isinstance(error, UsageError), error
    return str(error)


@pytest.mark.process
@pytest.mark.parametrize("place", FORBIDDEN.values(), ids=FORBIDDEN)
@pytest.mark.parametrize("through", ["itself", "a link to it", "a link above it", "dots"])
def test_results_where_rooms_look_are_refused(course: Path, place: Path, through: str) -> None:
    """By whatever way it is named, and nothing is made there."""
    out = place / NEW
    if through == "a link to it":
        (course / "out").symlink_to(out)
        out = course / "out"
    elif through == "a link above it":
        (course / "above").symlink_to(place)
        out = course / "above" / NEW
    elif through == "dots":
        out = Path(*[".."] * len(Path.cwd().parts), *place.parts[1:], NEW)
    said = refusal("grade", course / "assignments/tiny", course / "in", "--out", out)
    assert said.startswith(f"{out}: every room shows ") and said.endswith("students could read it; move it elsewhere")
    assert not (place / NEW).exists()


@pytest.mark.process
@pytest.mark.parametrize("what", ["in", "roster.csv", "late.csv", "assignments", "solutions", "results"])
def test_what_is_read_or_written_in_a_conda_prefix_is_refused(course: Path, conda: Path, what: str) -> None:
    """Submissions, lists, the assignment, its solution, and results through a link in their folder."""
    if what == "results":
        (course / "results").mkdir()
        (course / "results/students").symlink_to(conda)
    else:
        (course / what).rename(conda / what)
        (course / what).symlink_to(conda / what)
    options = ("--roster", course / "roster.csv", "--late", course / "late.csv")
    said = refusal("grade", course / "assignments/tiny", course / "in", "--out", course / "results", *options)
    assert f"every room shows {conda}" in said
    assert not [*conda.rglob("class.json"), *conda.rglob("report.*")]
    assert not (course / "results/class.json").exists()


@pytest.mark.parametrize(
    "secret",
    [
        "hidden_checks.py",
        *("expected", "secret", "data"),
        *(f"{folder}/squares.safetensors" for folder in ("expected", "secret", "data")),
    ],
)
def test_each_secret_of_an_assignment_is_looked_at(course: Path, conda: Path, secret: str) -> None:
    """Also a single file that is a link; before a sandbox is started."""
    folder = course / "assignments/tiny"
    (folder / secret).rename(conda / "secret")
    (folder / secret).symlink_to(conda / "secret")
    with (
        pytest.raises(UsageError, match=f"{secret}: every room shows"),
        Session.open(folder, level=Level.ISOLATED, checks=Checks.ALL),
    ):
        pytest.fail("a session was opened")


@pytest.mark.process
@pytest.mark.parametrize("name", ["notebook", "page", "assignment"])
def test_a_notebooks_page_has_a_place_of_its_own(course: Path, conda: Path, name: str) -> None:
    """Rendered beside others' notebooks or pages, code in it could read them."""
    homes = {"notebook": course, "page": course, "assignment": course / "assignments"} | {name: conda}
    if name == "assignment":
        (course / "assignments/tiny").rename(conda / "tiny")
    (homes["notebook"] / "ada.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    said = refusal("notebook", homes["notebook"] / "ada.ipynb", "--html", homes["page"] / "ada.html",
                   "--execute", "--assignment", homes["assignment"] / "tiny")  # fmt: skip
    assert f"every room shows {conda}" in said
    assert not (conda / "ada.html").exists()


def test_rooms_that_are_folders_are_not_made_where_rooms_look(conda: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One would show the others."""
    monkeypatch.setattr(tempfile, "tempdir", str(conda))
    assert "set TMPDIR" in (why_not(Level.RESTRICTED) or "")


def test_elsewhere_is_fine(course: Path) -> None:
    """And where nothing is hidden anyway, nothing is refused."""
    refuse_shown(Level.ISOLATED, *secrets_of(course / "assignments/tiny", course / "results", None))
    refuse_shown(Level.SEPARATE, Path(sys.prefix))


def test_what_every_room_shows_is_known() -> None:
    """The system and the interpreter; not the repository, and not a folder beside them."""
    assert shown_by(Path("/usr/src/app/assets")) == Path("/usr")
    assert shown_by(Path(sys.prefix) / "course") is not None
    assert shown_by(Path(__file__).parent) is None
