"""`grader export --to folder`: the judged files beside what students started from, and nothing outside that folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from sample_reports import report, verdict
from typer.testing import CliRunner

from grader.assignment.handout import Handout
from grader.assignment.manifest import Manifest, read_manifest
from grader.cli.app import app
from grader.core.errors import UsageError
from grader.exports.judged_folder import write_judged
from grader.results.folder import Class, folder_of, save, save_class
from grader.results.judged import FILES, digests_of, keep_files
from grader.results.report import Illustrations

STUB = {"nets.py": b"raise NotImplementedError\n"}
ADA = {"nets.py": b"x = 1\n", "deep/er/util.py": "y = 'é'\r\n".encode("latin-1")}
EVE = {"nets.py": b"x = 1\n"}


def write(out: Path, handout: dict[str, bytes], **submissions: dict[str, bytes]) -> None:
    """Results with these files, and a quarantined submission whose name is a path."""
    names = (*submissions, "../../eve")
    save_class(out, Class("tiny", "Tiny", names, handout=digests_of(handout)))
    for name, files in submissions.items():
        save(out, report(verdict("forward"), submission_id=name, files=digests_of(files)), Illustrations())
        keep_files(out, files.values())
    save(out, report(submission_id="../../eve", reason="it is empty"), Illustrations())
    keep_files(out, handout.values())


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Of two students."""
    out = tmp_path / "results"
    write(out, STUB, ada=ADA, eve=EVE)
    return out


def tree(folder: Path) -> dict[str, bytes]:
    """All files below."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_student_has_a_folder_beside_the_base(results: Path) -> None:
    """Byte for byte; who has no files is named."""
    target = results.parent / "similar"
    done = CliRunner().invoke(app, ["export", str(results), "--to", "folder", "--out", str(target)])
    assert done.exit_code == 0, done.output
    assert tree(target) == {
        "base/nets.py": STUB["nets.py"],
        "students/ada/nets.py": ADA["nets.py"],
        "students/ada/deep/er/util.py": ADA["deep/er/util.py"],
        "students/eve/nets.py": EVE["nets.py"],
    }
    assert "without judged files (1): ../../eve (QUARANTINED)" in done.output.replace("\n", " ")
    assert {path.name for path in results.parent.iterdir()} == {"results", "similar"}


def test_a_notebook_is_one_python_file(tmp_path: Path) -> None:
    """Of the handout and of students alike, so that what they share is found."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = ...")])
    cells = json.dumps([{"number": 2, "source": "x = '\ud800'", "tags": []}]).encode()
    write(tmp_path / "out", {"hw.ipynb": nbformat.writes(notebook).encode()}, ada={"cells.json": cells})
    write_judged(tmp_path / "out", tmp_path / "similar")
    assert tree(tmp_path / "similar") == {
        "base/notebook.py": b"# %% cell 1\nx = ...\n",
        "students/ada/notebook.py": b"# %% cell 2\nx = '\\ud800'\n",
    }


@pytest.mark.parametrize("path", ["../../ada.py", "/tmp/ada.py", "a/../../../b.py", "C:\\ada.py", "-o", "nul.py"])
def test_no_path_leads_out_of_the_folder(results: Path, path: str) -> None:
    """Whatever a report says: nothing is written then."""
    hostile = report(verdict("forward"), submission_id="eve", files={path: digests_of(EVE)["nets.py"]})
    save(results, hostile, Illustrations())
    with pytest.raises(UsageError, match="cannot be the name of a judged file"):
        write_judged(results, results.parent / "similar")
    assert {each.name for each in results.parent.iterdir()} == {"results"}


def test_a_damaged_file_stops_it_and_nothing_is_left(results: Path) -> None:
    """Half a class would look like a whole one."""
    (results / FILES / digests_of(STUB)["nets.py"]).unlink()
    with pytest.raises(UsageError, match="it is not there; grade the submission again"):
        write_judged(results, results.parent / "similar")
    assert {each.name for each in results.parent.iterdir()} == {"results"}


def test_a_handout_that_is_not_a_notebook_is_one_sentence(tmp_path: Path) -> None:
    """It is the instructor's, and nobody has read it before."""
    write(tmp_path / "out", {"hw.ipynb": b"{}"}, ada=ADA)
    with pytest.raises(UsageError, match="it cannot be read as a notebook"):
        write_judged(tmp_path / "out", tmp_path / "similar")


def test_what_is_there_is_never_written_into(results: Path) -> None:
    """Files of an earlier class would be compared with these."""
    (results.parent / "similar").mkdir()
    with pytest.raises(UsageError, match="similar: is there already"):
        write_judged(results, results.parent / "similar")


@pytest.mark.parametrize("name", ["cnn", "vanishing_gradients"])
def test_the_handout_is_what_students_submit(name: str) -> None:
    """Of a package the stubs, of a notebook the notebook; nothing that only staff have."""
    folder = Path(__file__).parents[1] / "assignments" / name
    manifest: Manifest = read_manifest(folder)
    wanted = [manifest.notebook] if manifest.notebook else manifest.files
    assert [*Handout.of(folder, manifest).files] == wanted
    absent = manifest.model_copy(update={"package": "other", "notebook": None, "files": ["other.py"]})
    assert Handout.of(folder, absent).files == {}


def test_a_folder_for_a_name_that_is_not_an_id_has_another_name(results: Path) -> None:
    """As everywhere in the results."""
    bad = report(verdict("forward"), submission_id="../../eve", files=digests_of(EVE))
    save(results, replace(bad, keys={"forward": "v.r"}), Illustrations())
    write_judged(results, results.parent / "similar")
    home = folder_of(results, "../../eve").name
    assert tree(results.parent / "similar")[f"students/{home}/nets.py"] == EVE["nets.py"]
