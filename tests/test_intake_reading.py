"""`grader intake --assignment` says all that grading says of a submission before a check is run, and runs nothing."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path

import lms_downloads
import pytest
from lms_downloads import Files, packed, put
from tiny_course import TINY, Course, run_batch

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.cli import consoles
from grader.cli.intake import intake
from grader.results.folder import read_report
from grader.results.report import State
from grader.submissions.intake import plan

STUBS = {"hw/maths.py": b"def square(x): ...\n", "hw/words.py": b"def greet(): ...\n"}
TRAP = b"from pathlib import Path\nPath(__file__).with_name('was_run').touch()\n"


@pytest.fixture
def submitted(tiny: Course) -> dict[str, Files]:
    """A class in which much is odd."""
    right = {f"hw/{name}": content for name, content in tiny.reference.items()}
    moved = {path.replace("hw/", "a/HW 1/"): content for path, content in right.items()}
    return {
        "101": right,
        "102": moved | {"a/HW 1/weights.bin": b"", "a/HW 1/" + "x" * 120 + ".txt": b"1"},
        "103": {f"{copy}/{path}": content for copy in ("old", "new") for path, content in right.items()},
        "104": {"hw/maths.py": right["hw/maths.py"], "hw/trap.py": TRAP},
        "105": {"essay.docx": b"PK"},
        "106": {**STUBS, "hw/maths (1).py": right["hw/maths.py"]},
        "107": {"hw.zip": packed(right), "hw.rar": b"Rar!"},
    }


@pytest.mark.harmless
def test_intake_says_what_grading_says(
    tiny_copy: Path,
    submitted: dict[str, Files],
    tiny: Course,
    recorded: RecordedSandbox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each note and each reason, and the files without which checks are missing."""
    for each in (consoles.out, consoles.notice):
        monkeypatch.setattr(each, "_width", 300)
    folder = put(tiny_copy / "assignments/tiny", STUBS)
    source = lms_downloads.moodle(submitted, tmp_path / "class")
    intake([source], assignment=str(folder), verbose=True)
    told = capsys.readouterr().out
    context = replace(tiny.context, assignment=replace(tiny.context.assignment, folder=folder))
    run_batch(context, plan(source).entries, recorded, tmp_path / "out")
    reports = {id: read_report(tmp_path / "out", id) for id in submitted}
    assert {id for id, report in reports.items() if report and report.state is State.QUARANTINED} == {"103", "105"}
    for id, report in reports.items():
        assert report
        if report.reason:
            assert f"quarantined: {id}: {report.reason}\n" in told
        for note in report.notes:
            assert f"{id}: {note}\n" in told
    lines = told.splitlines()
    assert [line for line in lines if "not there" in line] == ["not there: 104: words.py"]
    assert {line.split(":")[0] for line in lines if re.match("[0-9]+: ", line)} == {"102", "106", "107"}
    assert re.search("^ *102 .* a/HW 1 *$", told, re.MULTILINE)
    assert "106: `maths (1).py` was used as `maths.py`\n" in told
    assert re.search("^ *107 .* hw *$", told, re.MULTILINE)


def test_intake_runs_nothing_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it unpacks is gone afterwards, and no module of a student's is imported."""
    files = {"hw/maths.py": TRAP, "hw/words.py": TRAP}
    source = put(tmp_path / "class", {"ada.zip": packed(files), **{f"bob/{path}": TRAP for path in files}})
    monkeypatch.setattr(tempfile, "tempdir", str(put(tmp_path / "tmp", {})))
    before = sorted(tmp_path.rglob("*"))
    intake([source], assignment=str(TINY / "assignments/tiny"))
    assert "2 submissions" in capsys.readouterr().out
    assert sorted(tmp_path.rglob("*")) == before
