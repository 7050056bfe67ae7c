"""What the grader has written and cannot read any more is told; only what is not there was never written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import lms_downloads
import pytest
from sample_reports import verdict

from grader.cli.export import Platform, export
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.grading.class_plan import Asked, plan_class
from grader.pages.write import settle_with_pages
from grader.results.decisions import Decisions, read_decisions
from grader.results.folder import (
    Class,
    find_class,
    read_half,
    read_report,
    read_shown,
    save,
    save_class,
    save_half,
    settle,
)
from grader.results.lateness import LateEntry
from grader.results.manual import asked, import_sheet
from grader.results.report import Answer, Illustrations, Report
from grader.submissions.roster import Person, Roster

WHY = Answer("why", "Why?", "Why?", ((2, "The reason."),), "Because.")
REPORT = Report("ada", "tiny", "Tiny", Level.ISOLATED, "cpu", (verdict("squares"),), (WHY,), keys={"squares": "k"})
STORE = "marks/tina.jsonl"
# Each file, and what reads it.
READERS: Mapping[str, Callable[[Path], object]] = {
    "class.json": find_class,
    "students/ada/report.json": lambda out: read_report(out, "ada"),
    "students/ada/public.json": lambda out: read_half(out, "ada"),
    "students/ada/shown.json": lambda out: read_shown(out, "ada"),
    STORE: read_decisions,
}


def another_key(content: bytes) -> bytes:
    """With a key that this version does not know."""
    return json.dumps({**json.loads(content), "colour": "blue"}).encode() + b"\n"


def another_format(content: bytes) -> bytes:
    """As a later version might write it."""
    return content.replace(b'"format": 1', b'"format": 2')


def without_format(content: bytes) -> bytes:
    """As a version before there were formats wrote it."""
    return content.replace(b'"format": 1,', b"")


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[: len(content) // 2] + b"\xff",
    "empty object": lambda content: b"{}\n",
    "another key": another_key,
    "another format": another_format,
    "without format": without_format,
}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """One of each file that is read back, of a class of one."""
    out = tmp_path / "results"
    save_class(out, Class("tiny", "Tiny", ("ada",), roster=Roster((Person("ada"), Person("bob")))))
    save(out, REPORT, Illustrations())
    save_half(out, REPORT, Illustrations())
    (tmp_path / "sheet.csv").write_text("id,question,points\nada,why,1\n")
    import_sheet(tmp_path / "sheet.csv", asked([REPORT]), out, "tina")
    settle(out)
    return out


@pytest.mark.parametrize(("name", "damage"), [(name, how) for name in READERS for how in DAMAGES])
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(results: Path, name: str, damage: str) -> None:
    """Where, what, and what to do; sound it is read, and a link to nowhere or a folder is not nothing either."""
    path, read = results / name, READERS[name]
    assert read(results)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(UsageError) as caught:
        read(results)
    assert str(caught.value).startswith(str(path))
    assert "; " in str(caught.value) and "\n" not in str(caught.value)
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match=f"{path}: cannot be read"):
        read(results)


def test_what_is_not_there_was_never_written(tmp_path: Path) -> None:
    """Of an empty folder of results, and of one that is not there."""
    for out in (tmp_path, tmp_path / "none"):
        assert find_class(out) is read_report(out, "ada") is read_half(out, "ada") is None
        assert (read_shown(out, "ada").failed, read_decisions(out)) == (True, Decisions())


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_never_forgets_the_class_of_the_last_one(tiny_copy: Path, damage: str) -> None:
    """Roster and late list would be gone, and nobody told: nothing is planned, and the file stays as it is."""
    source = lms_downloads.plain({"101": {"hw/maths.py": b""}}, tiny_copy / "in")
    out, folder = tiny_copy / "results", tiny_copy / "assignments/tiny"
    roster = Roster((Person("101"), Person("102")))
    save_class(out, Class("tiny", "Tiny", ("101",), roster=roster, late={"101": LateEntry()}))
    path = out / "class.json"
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"class.json: .*; put a copy back, or move it away and give the roster"):
        plan_class(folder, [source], out, Asked())
    assert path.read_bytes() == before


@pytest.mark.parametrize("act", [settle, settle_with_pages])
def test_a_damaged_report_is_nobody_left_out(results: Path, act: Callable[[Path], object]) -> None:
    """By the verbs that work the gradebook out, and by the one that writes a file for each student: none is written."""
    report = results / "students/ada/report.json"
    report.write_bytes(report.read_bytes()[:-50])
    gradebook = (results / "gradebook.json").read_bytes()
    with pytest.raises(UsageError, match=r"students/ada/report.json: damaged: it is not JSON; delete it and run"):
        act(results)
    with pytest.raises(UsageError, match=r"students/ada/report.json: damaged"):
        export(results, Platform.GRADESCOPE, results / "upload")
    assert (results / "gradebook.json").read_bytes() == gradebook
    assert not (results / "upload").exists()
