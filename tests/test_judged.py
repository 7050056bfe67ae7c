"""The files that were judged are kept with the results: once, whole, and found again when they are damaged."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sample_reports import report
from test_unchanged import ALL, Run
from tiny_course import Course

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.core.errors import UsageError
from grader.results.folder import read_report
from grader.results.judged import FILES, digests_of, has_files, keep_files, read_file
from grader.results.report import from_json, to_json
from grader.results.stored import Unreadable


@pytest.fixture
def run(tiny: Course, tiny_copy: Path, recorded: RecordedSandbox) -> Run:
    """A class that is graded."""
    made = Run(tiny_copy, dict(tiny.reference), recorded)
    made.grade()
    return made


def judged(run: Run, id: str) -> dict[str, bytes]:
    """The files of somebody, by path, as the results have them."""
    found = read_report(run.out, id)
    assert found
    return {path: read_file(run.out, digest) for path, digest in found.files.items()}


def test_what_was_judged_outlives_the_download(run: Run) -> None:
    """Byte for byte, and only what counts: the provided `__init__.py` that everybody submitted along is not kept."""
    submitted = {id: (run.source / id / "hw/maths.py").read_bytes() for id in ("ada", "bob")}
    shutil.rmtree(run.source)
    for id, maths in submitted.items():
        assert judged(run, id)["maths.py"] == maths
        assert set(judged(run, id)) == {"maths.py", "words.py"}


def test_one_content_is_kept_once(run: Run) -> None:
    """Four submitted files, of which none is the same; a class that submits the same again adds nothing."""
    names = {path.name for path in (run.out / FILES).iterdir()}
    assert len(names) == 4
    shutil.copytree(run.source / "ada", run.source / "eve")
    run.grade()
    assert {path.name for path in (run.out / FILES).iterdir()} == names
    assert judged(run, "eve") == judged(run, "ada")


def test_a_rerun_writes_none_of_them(run: Run) -> None:
    """Neither where reports are kept beforehand nor where verdicts stand."""

    def times() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in (run.out / FILES).iterdir()}

    before = times()
    assert run.keep() == set()
    run.grade()
    assert times() == before


def test_a_file_that_is_gone_is_kept_again_by_the_next_run(run: Run) -> None:
    """Which therefore does not pass over the submission, though nothing of it has changed."""
    found = read_report(run.out, "ada")
    assert found
    gone = run.out / FILES / found.files["words.py"]
    gone.unlink()
    with pytest.raises(UsageError, match="it is not there; grade the submission again"):
        read_file(run.out, gone.name)
    assert run.keep() == {"ada"}
    run.grade()
    assert run.keep() == set()
    assert b"Be *cause*." in judged(run, "ada")["words.py"]


def test_reports_of_before_files_were_kept_get_them(run: Run) -> None:
    """Nothing is run again for that; the report says what they are."""
    path = run.out / "students/ada/report.json"
    old = json.loads(path.read_bytes())
    del old["files"], old["made_from"]
    path.write_bytes(json.dumps(old, indent=1).encode())
    shutil.rmtree(run.out / FILES)
    ran = run.sandbox.run + run.sandbox.replayed
    assert run.keep() == ALL - {"empty", "linked", "no id!"}
    run.grade()
    assert b"Be *cause*." in judged(run, "ada")["words.py"]
    assert run.sandbox.run + run.sandbox.replayed == ran


def test_a_report_names_digests_only() -> None:
    """What else would be taken for the name of a file is damage."""
    for name in ("../../class.json", "/etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n"):
        content = to_json(replace(report(), files={"maths.py": name}))
        with pytest.raises(Unreadable, match=r"damaged: 'files.maths.py'"):
            from_json(content)


class TestStore:
    """The folder of files alone."""

    def test_its_names_are_what_sha256sum_says(self, tmp_path: Path) -> None:
        """So anybody can check them."""
        keep_files(tmp_path, [b"a", b"b", b"a"])
        assert {path.name for path in (tmp_path / FILES).iterdir()} == {
            hashlib.sha256(content).hexdigest() for content in (b"a", b"b")
        }

    def test_a_damaged_file_is_told(self, tmp_path: Path) -> None:
        """Never shown as what was judged; one that was cut short is written anew."""
        (digest,) = digests_of({"a.py": b"whole"}).values()
        keep_files(tmp_path, [b"whole"])
        for damaged in (b"wrong", b"who"):
            (tmp_path / FILES / digest).write_bytes(damaged)
            assert has_files(tmp_path, [digest])
            with pytest.raises(UsageError, match=r"damaged; delete it and grade the submission again"):
                read_file(tmp_path, digest)
        keep_files(tmp_path, [b"whole"])
        assert read_file(tmp_path, digest) == b"whole"

    def test_a_folder_in_its_place_is_told(self, tmp_path: Path) -> None:
        """With the name of the file."""
        (tmp_path / FILES / "ab").mkdir(parents=True)
        with pytest.raises(UsageError, match="files/ab: cannot be read"):
            read_file(tmp_path, "ab")
