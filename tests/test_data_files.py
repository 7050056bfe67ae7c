"""Data that lies in a student's package goes along with the code, within limits, and takes the place of nothing."""

import io
import os
import re
from pathlib import Path

import pytest
import torch
from intake_class import FORMS, MANIFEST, NOTEBOOK, only, read_in
from lms_downloads import put, zip_of
from scratch_notebook import notebook
from tiny_course import write_assignment

from grader.assignment.assignment import load_assignment
from grader.assignment.manifest import Manifest
from grader.core.errors import AuthorError
from grader.core.observation import Fault
from grader.grading.observe import observe
from grader.grading.rooms import Rooms
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox
from grader.submissions.data_files import ASKED_CAP, FILE_CAP, SUFFIXES, TOTAL_CAP, names_in
from grader.submissions.fingerprint import fingerprint
from grader.submissions.intake import plan
from grader.submissions.reading import read_submission

CODE = {"hw/cnn.py": b"open('vocab.json')", "hw/training.py": b"t = 1\n"}
READS = """
import json
from pathlib import Path

HERE = Path(__file__).parent
WORDS = json.loads((HERE / "vocab.json").read_text())

def words():
    return WORDS + (HERE / "more" / "words.txt").read_text().split()
"""
IN_THE_WORKING_FOLDER = """
import torch

def words():
    given = open("more/words.txt").read().split()
    open("more/words.txt", "w").write("gone")
    open("vocab.json").close()
    return [str(int(torch.load("weights.pt", weights_only=True).sum())), *given]
"""
CHECKS = '''
@check(points=1, seconds=20, expect=[equal("words")])
def reads(hw):
    """The student's code reads its own data."""
    return {"words": hw.mine.words()}
'''


@FORMS
@pytest.mark.parametrize("home", ["hw/", "HW 2/", "a/b/hw/", ""])
def test_data_keeps_its_place_in_the_package(tmp_path: Path, home: str, form: str) -> None:
    """Wherever the package was found; what is neither code nor data stays where it is."""
    files = {path.replace("hw/", home): content for path, content in CODE.items()}
    data = {"vocab.json": b"[]", "more/A b.CSV": b"1,2", "weights.pt": b"\x80"}
    files |= {home + path: content for path, content in data.items()}
    found = read_in(form, files | {home + "x.exe": b"MZ"}, tmp_path)
    assert {path: content for path, content in found.files.items() if not path.endswith(".py")} == data
    assert not any("left aside" in note for note in found.notes)


@FORMS
def test_what_is_too_large_or_has_an_odd_name_is_named(tmp_path: Path, form: str) -> None:
    """The code is graded all the same, and so is the data that fits."""
    data = {"hw/big.npy": os.urandom(FILE_CAP + 1), "hw/ok.json": b"1", "hw/מילים.txt": b"x"}
    found = read_in(form, CODE | data, tmp_path)
    assert (found.problem, sorted(found.files)) == (None, ["cnn.py", "ok.json", "training.py"])
    assert sorted(note.split(": ", 1)[1].removeprefix("`hw/").removeprefix("`") for note in found.notes) == [
        "big.npy`: it is larger than 8 MiB",
        "מילים.txt`: it has no name for a data file",
    ]


def test_all_data_together_has_a_limit_of_its_own(tmp_path: Path) -> None:
    """The smallest place in the tree comes first, and code is never left aside for data."""
    data = {f"hw/{number}.npy": bytes(FILE_CAP) for number in range(TOTAL_CAP // FILE_CAP + 1)}
    found = read_in("folder", CODE | data, tmp_path)
    assert sorted(found.files) == ["0.npy", "1.npy", "cnn.py", "training.py"]
    assert found.notes == ("left aside: `2.npy`: more than 16 MiB of data; submit only your own files",)
    many = read_in("folder", CODE | {f"hw/{number}.txt": b"" for number in range(300)}, tmp_path / "many")
    assert len(many.files) == 200 and {"cnn.py", "training.py"} <= many.files.keys()


@FORMS
def test_data_outside_the_package_is_named_where_the_code_names_it(tmp_path: Path, form: str) -> None:
    """A list of requirements, or results of a run, are nobody's input."""
    elsewhere = {"data/vocab.json": b"[]", "requirements.txt": b"torch", "runs/loss.csv": b"1"}
    found = read_in(form, CODE | elsewhere, tmp_path)
    assert sorted(found.files) == ["cnn.py", "training.py"]
    assert found.notes == ("left aside: `data/vocab.json`: only data in the folder of `hw` goes along",)


@FORMS
def test_a_notebook_has_no_other_files(tmp_path: Path, form: str) -> None:
    """It is told where its code names one."""
    files = {"homework.ipynb": notebook("open('data/vocab.json')"), "data/vocab.json": b"[]", "notes.txt": b""}
    found = read_in(form, files, tmp_path, NOTEBOOK)
    assert (list(found.files), found.notes) == (
        ["cells.json"],
        ("left aside: `data/vocab.json`: a notebook is graded without other files",),
    )


def test_a_link_to_data_is_not_followed(tmp_path: Path) -> None:
    """What it leads to is not the student's."""
    put(tmp_path / "secret", {"expected.json": b"SECRET"})
    put(tmp_path / "ada", CODE)
    (tmp_path / "ada/hw/vocab.json").symlink_to(tmp_path / "secret/expected.json")
    (tmp_path / "ada/hw/more").symlink_to(tmp_path / "secret")
    found = read_submission(tmp_path / "ada", MANIFEST)
    assert sorted(found.files) == ["cnn.py", "training.py"]
    assert found.notes == ("left aside: `vocab.json`: it is a link; submit the file itself",)


def test_changed_data_is_a_changed_submission(tmp_path: Path) -> None:
    """Also in a zip of the class; the rest of a folder may change."""

    def told(name: str, **files: bytes) -> set[str | None]:
        source = put(tmp_path / name, {f"ada/{path}": content for path, content in (CODE | files).items()})
        zipped = zip_of(source, tmp_path / f"{name}.zip")
        return {fingerprint(only(plan(each)), MANIFEST) for each in (source, zipped)}

    first, same = (
        told("first", **{"hw/v.json": b"1", "x.bin": b"1"}),
        told("same", **{"hw/v.json": b"1", "x.bin": b"2"}),
    )
    assert None not in first
    assert first == same
    assert not first & told("changed", **{"hw/v.json": b"2", "x.bin": b"1"})


def test_provided_files_stay_in_their_place(tmp_path: Path) -> None:
    """Whatever a student's data and its folders are called."""
    home = write_assignment(tmp_path, CHECKS)
    put(home, {"hw/given.py": b"GIVEN = 1\n", "hw/labels.json": b"[1]"})
    manifest = home / "assignment.toml"
    manifest.write_text(manifest.read_text() + 'provided = ["hw/given.py", "hw/labels.json"]\n')
    student = put(
        tmp_path / "ada",
        {"hw/mine.py": b"", "hw/labels.json": b"[2]", "hw/given/x.json": b"", "hw/given.py/x.json": b""},
    )
    assignment = load_assignment(home)
    files = read_submission(student, assignment.manifest).files
    held = Rooms(None, assignment, files).submission  # type: ignore[arg-type]
    assert held == {
        "submission/hw/mine.py": b"",
        "submission/hw/given.py": b"GIVEN = 1\n",
        "submission/hw/labels.json": b"[1]",
    }


def test_what_is_submitted_is_not_provided_with_its_folder(tmp_path: Path) -> None:
    """A stub there would take the place of the student's work."""
    home = write_assignment(tmp_path, CHECKS)
    put(home, {"hw/mine.py": b"", "hw/given.py": b""})
    (home / "assignment.toml").write_text((home / "assignment.toml").read_text() + 'provided = ["hw"]\n')
    assert list(load_assignment(home).provided) == ["hw/given.py"]


@pytest.mark.parametrize("together", [True, False])
def test_code_reads_its_data_in_every_room(sandbox: Sandbox, tmp_path: Path, together: bool) -> None:
    """Relative to its own file, in a process that cases share and in one of its own."""
    assignment = load_assignment(write_assignment(tmp_path, CHECKS))
    student = {"my work/mine.py": READS.encode(), "my work/vocab.json": b'["a"]', "my work/more/words.txt": b"b c"}
    files = read_submission(put(tmp_path / "ada", student), assignment.manifest).files
    settles = (lambda observed: True) if together else None
    (seen,) = observe(sandbox, assignment, files, tasks_of(assignment.checks), settles=settles)
    assert seen.observation is not None, seen.trouble
    assert not isinstance(seen.observation.result, Fault), seen.observation.result
    assert seen.observation.result["words"] == ["a", "b", "c"]


def test_the_working_folder_has_it_anew_for_each_case(sandbox: Sandbox, tmp_path: Path) -> None:
    """What is submitted and what is provided, of any kind and in folders, at its place; a case may write over it."""
    checks = CHECKS.replace("seconds=20", 'seconds=20, cases={"first": {}, "second": {}}').replace("(hw)", "(hw, case)")
    home = write_assignment(tmp_path, checks)
    put(home, {"more/words.txt": b"b c", "more/.hidden": b"", "more/__pycache__/x.pyc": b"", "vocab.json": b"[]"})
    manifest = home / "assignment.toml"
    text = manifest.read_text().replace('"hw"', '"."').replace('"mine.py"', '"mine.py", "weights.pt"')
    manifest.write_text(text + 'provided = ["more", "vocab.json"]\n')
    assignment = load_assignment(home)
    assert sorted(assignment.provided) == ["more/words.txt", "vocab.json"]
    weights = io.BytesIO()
    torch.save(torch.ones(3), weights)
    own = {"mine.py": IN_THE_WORKING_FOLDER.encode(), "weights.pt": weights.getvalue(), "more/words.txt": b"mine"}
    files = read_submission(put(tmp_path / "ada", own), assignment.manifest).files
    observed = observe(sandbox, assignment, files, tasks_of(assignment.checks), settles=lambda observed: True)
    results = [each.observation.result for each in observed if each.observation]
    assert results == [{"words": ["3", "b", "c"]}] * 2


@FORMS
def test_what_is_asked_for_may_be_of_any_kind(tmp_path: Path, form: str) -> None:
    """In a folder, under a numbered name, larger than other data; one that is missing is named, and costs no code."""
    asked = Manifest(title="t", form="package", package="hw", files=["cnn.py", "out/best.bin", "v.json"])
    large = os.urandom(FILE_CAP + 1)
    found = read_in(form, {**CODE, "hw/out/best.bin": large, "hw/v (1).json": b"[]"}, tmp_path, asked)
    assert (found.problem, found.notes, found.missing) == (None, ("`v (1).json` was used as `v.json`",), ())
    code = {path.removeprefix("hw/"): content for path, content in CODE.items()}
    assert found.files == {**code, "out/best.bin": large, "v.json": b"[]"}
    assert read_in(form, CODE, tmp_path / "without", asked).missing == ("out/best.bin", "v.json")
    too_large = {**CODE, "hw/out/best.bin": bytes(ASKED_CAP + 1)}
    source = put(tmp_path / "large", {f"ada/{path}": content for path, content in too_large.items()})
    problem = read_submission(source / "ada", asked).problem
    assert problem == "`out/best.bin` cannot be used: it is larger than 64 MiB"


@pytest.mark.parametrize(
    ("provided", "said"),
    [
        (["."], ". is not inside the folder; copy it in"),
        (["../x"], "../x is not inside the folder; copy it in"),
        (["hw/mine.py"], "hw/mine.py is to be submitted; remove it from one of the lists"),
        (["hidden_checks.py"], "hidden_checks.py is not for students' code; remove it from the list"),
        (["expected"], "expected/reads.safetensors is not for students' code"),
        (["data"], "data/points.safetensors is not for students' code"),
        (["big.bin"], "more than 300 files or 64 MiB; provide only what is needed"),
    ],
)
def test_what_belongs_to_the_grader_is_not_provided(tmp_path: Path, provided: list[str], said: str) -> None:
    """Hidden checks, expected values, and data files, which may have labels in them."""
    home = write_assignment(tmp_path, CHECKS.replace('"words")])', '"words")], data="points", withhold=["x"])'))
    put(home, {f"{name}.safetensors": b"" for name in ("expected/reads", "data/points")})
    put(home, {"hidden_checks.py": b"", "big.bin": bytes(ASKED_CAP + 1)})
    manifest = home / "assignment.toml"
    manifest.write_text(manifest.read_text() + f"provided = {provided}\n")
    with pytest.raises(AuthorError, match=re.escape(said)):
        load_assignment(home)


def test_names_of_data_are_found_in_any_code() -> None:
    """Also in a large one made to be slow."""
    assert names_in(b"open('data/vocab.json'), \"W-1.pt\", x.csv_reader, data.CSV") == {
        "vocab.json",
        "W-1.pt",
        "data.CSV",
    }
    assert names_in(b"a" * (4 << 20)) == set()


def test_the_page_for_teaching_assistants_has_the_list() -> None:
    """All suffixes and both limits."""
    page = (Path(__file__).parent.parent / "docs/grading.md").read_text(encoding="utf-8")
    assert all(f"`{suffix}`" in page for suffix in SUFFIXES)
    assert f"each of at most {FILE_CAP >> 20} MiB, all together {TOTAL_CAP >> 20} MiB" in page
