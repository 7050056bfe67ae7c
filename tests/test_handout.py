"""What is still as given out is nobody's work: where something else is there that counts, and a note says so."""

from dataclasses import replace
from pathlib import Path

import lms_downloads
import pytest
from intake_class import FORMS, MANIFEST, NOTEBOOK, only, read_in
from lms_downloads import Files, packed, put
from scratch_notebook import markdown, notebook
from tiny_course import Course, run_batch

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.assignment.handout import COMPARED_CAP, Handout
from grader.assignment.provided import digests
from grader.core.limits import Level
from grader.core.submission import Submission
from grader.grading.unchanged import Origin
from grader.results.folder import read_report
from grader.submissions.intake import plan
from grader.submissions.reading import read_submission

STUBS = {"cnn.py": b"def conv(x):\n    raise NotImplementedError\n", "training.py": b"def train():\n    ...\n"}
GIVEN = {f"hw/{name}": content for name, content in STUBS.items()}
HANDOUT = Handout(STUBS)
STUB_NOTEBOOK = notebook("import torch", "def double(v):\n    raise NotImplementedError", markdown("Why?"))
NOTEBOOK_HANDOUT = Handout({"homework.ipynb": STUB_NOTEBOOK})


def work(home: str = "hw/") -> dict[str, bytes]:
    """What somebody has written."""
    return {f"{home}cnn.py": b"def conv(x):\n    return x\n", f"{home}training.py": STUBS["training.py"]}


def read(tmp_path: Path, files: Files, form: str = "folder", *, in_notebook: bool = False) -> Submission:
    """What is read of one student's files, in a folder or a zip of their own, or in a zip of the class."""
    manifest, handout = (NOTEBOOK, NOTEBOOK_HANDOUT) if in_notebook else (MANIFEST, HANDOUT)
    return read_in(form, files, tmp_path, manifest, handout)


def is_the_work(found: Submission) -> bool:
    """Whether that is what counts."""
    return found.problem is None and found.files["cnn.py"] == work()["hw/cnn.py"]


@FORMS
@pytest.mark.parametrize("home", ["solution/", "a/hw/", "hw (1)/", ""])
def test_an_untouched_package_does_not_hide_the_work(tmp_path: Path, home: str, form: str) -> None:
    """The right name and all files are not enough."""
    found = read(tmp_path, GIVEN | work(home), form)
    assert is_the_work(found)
    assert "left aside: `hw/cnn.py` and `hw/training.py`: still as given out" in found.notes


def test_white_space_does_not_count_as_work(tmp_path: Path) -> None:
    """An editor puts it there."""
    touched = {path: content.replace(b"\n", b"  \r\n\r\n") for path, content in GIVEN.items()}
    assert is_the_work(read(tmp_path, touched | work("solution/")))


def test_a_part_of_the_work_counts_before_a_whole_handout(tmp_path: Path) -> None:
    """One file beside the folder that was given out; the other one is missing, which its checks say."""
    found = read(tmp_path, GIVEN | {"cnn.py": work()["hw/cnn.py"]})
    assert is_the_work(found)
    assert "training.py" not in found.files


@pytest.mark.parametrize("other", [work("other/hw/"), {**work("other/hw/"), "other/hw/training.py": b"t = 1\n"}])
def test_of_two_that_were_changed_none_is_chosen(tmp_path: Path, other: dict[str, bytes]) -> None:
    """As where nothing is known of a handout."""
    found = read(tmp_path, work("one/hw/") | other | GIVEN)
    assert found.problem == "the package `hw` exists more than once: one/hw and other/hw; keep one"


def test_of_two_that_nobody_touched_none_is_chosen(tmp_path: Path) -> None:
    """Neither is work, and a person looks."""
    found = read(tmp_path, {f"{home}{path}": content for home in ("a/", "b/") for path, content in GIVEN.items()})
    assert found.problem == "the package `hw` exists more than once: a/hw and b/hw; keep one"


def test_a_provided_file_that_was_changed_is_a_note(tmp_path: Path) -> None:
    """It has no effect, and its student is told so; other line ends and an empty file do not count."""
    given = {"hw/helpers.py": b"def add(a, b):\n    return a + b\n", "hw/other.py": b"x = 1\n"}
    handout = replace(HANDOUT, provided=digests(given))
    changed = {"hw/helpers.py": b"def add(a, b):\r\n    return a + b\r\n", "hw/other.py": b"x = 2\n"}
    note = "`hw/other.py` was changed, and is not yours to change: the course's own is used in its place"
    assert [*read_in("folder", work() | changed, tmp_path / "one", MANIFEST, handout).notes] == [note]
    emptied = {"hw/other.py": b"\n"}
    assert not read_in("folder", work() | given | emptied, tmp_path / "two", MANIFEST, handout).notes


def test_an_untouched_package_alone_is_graded(tmp_path: Path) -> None:
    """Without a word: its checks say that nothing was attempted."""
    found = read(tmp_path, GIVEN)
    assert (found.problem, found.notes, dict(found.files)) == (None, (), STUBS)


@FORMS
@pytest.mark.parametrize("home", ["hw/", ""])
def test_a_numbered_copy_counts_before_the_untouched_file(tmp_path: Path, home: str, form: str) -> None:
    """The browser has numbered what the student has downloaded and solved again."""
    given = {home + name: content for name, content in STUBS.items()}
    found = read(tmp_path, given | {f"{home}cnn (1).py": work()["hw/cnn.py"]}, form)
    assert is_the_work(found)
    told = ("`cnn (1).py` was used as `cnn.py`", "`cnn.py` was ignored: still as given out")
    assert found.notes[-2:] == told
    twice = read(tmp_path / "2", given | {f"{home}cnn ({n}).py": b"x = %d" % n for n in (1, 2)}, form)
    assert (twice.problem, list(twice.files)) == (None, ["training.py"])
    assert "any of them may be `cnn.py`" in "".join(twice.notes)


def test_an_untouched_copy_is_ignored(tmp_path: Path) -> None:
    """The file counts; of two copies without the file, the one that is work."""
    found = read(tmp_path, work() | {"hw/cnn (1).py": STUBS["cnn.py"]})
    assert is_the_work(found)
    assert found.notes == ("`cnn (1).py` was ignored: `cnn.py` exists",)
    copies = {"hw/cnn (1).py": STUBS["cnn.py"], "hw/cnn (2).py": work()["hw/cnn.py"], "hw/training.py": b""}
    assert is_the_work(read(tmp_path / "2", copies))


@pytest.mark.parametrize("wrapped", [False, True])
def test_zips_and_loose_files_that_nobody_touched_are_left_aside(tmp_path: Path, wrapped: bool) -> None:
    """The handout's zip beside the work, loose or in a zip; the handout loose beside a zip of the work."""
    inside = {f"assignment/{path}": content for path, content in GIVEN.items()} if wrapped else GIVEN
    handout = {"handout.zip": packed(inside)}
    part = {"hw/cnn.py": work()["hw/cnn.py"]}
    for number, files in enumerate((part | handout, {"mine.zip": packed(work())} | handout)):
        found = read(tmp_path / str(number), files)
        assert is_the_work(found)
        assert "left aside: `handout.zip`: still as given out" in found.notes
    loose = read(tmp_path / "loose", inside | {"mine.zip": packed(work())})
    assert is_the_work(loose)
    assert any("hw/cnn.py" in note and "still as given out" in note for note in loose.notes)


def test_a_zip_that_cannot_be_read_beside_an_untouched_package_is_looked_at(tmp_path: Path) -> None:
    """It may be the work."""
    assert read(tmp_path, GIVEN | {"mine.zip": b"PK\3\4"}).problem == "`mine.zip`: it is damaged or cut short"
    assert is_the_work(read(tmp_path / "2", work() | {"mine.zip": b"PK\3\4"}))


@FORMS
@pytest.mark.parametrize("name", ["homework (1).ipynb", "mine.ipynb", "drafts/homework.ipynb"])
def test_an_untouched_notebook_does_not_hide_the_work(tmp_path: Path, name: str, form: str) -> None:
    """Run and saved is untouched, too, and so is one of before a text in it was corrected."""
    solved = notebook("import torch", "def double(v):\n    return 2 * v", markdown("Why?"))
    ran = STUB_NOTEBOOK.replace(b'"outputs": []', b'"outputs": [{"output_type": "stream", "name": "o", "text": "1"}]')
    ran = ran.replace(b"Why?", b"Wy?")
    assert b"Wy?" in ran and b'"text": "1"' in ran
    found = read(tmp_path, {"homework.ipynb": ran, name: solved}, form, in_notebook=True)
    assert found.problem is None
    assert b"return 2 * v" in found.files["cells.json"]
    assert found.notes == (
        f"`{name}` was used as `homework.ipynb`",
        "left aside: `homework.ipynb`: still as given out",
    )


def test_a_written_answer_is_work(tmp_path: Path) -> None:
    """Also where no code was changed."""
    answered = STUB_NOTEBOOK.replace(b"Why?", b"Why? <!-- answer: why --> Because.")
    found = read(tmp_path, {"homework.ipynb": STUB_NOTEBOOK, "mine.ipynb": answered}, in_notebook=True)
    assert found.place == "mine.ipynb"


def test_of_two_solved_notebooks_the_one_with_the_right_name_counts(tmp_path: Path) -> None:
    """As before; of two with other names none, and an untouched one alone is graded."""
    first, second = notebook("x = 1"), notebook("x = 2")
    found = read(tmp_path, {"homework.ipynb": first, "b.ipynb": second}, in_notebook=True)
    assert b"x = 1" in found.files["cells.json"]
    unclear = read(
        tmp_path / "2", {"homework.ipynb": STUB_NOTEBOOK, "a.ipynb": first, "b.ipynb": second}, in_notebook=True
    )
    assert unclear.problem == "`homework.ipynb` exists more than once: `a.ipynb` and `b.ipynb`; keep one"
    alone = read(tmp_path / "3", {"homework.ipynb": STUB_NOTEBOOK}, in_notebook=True)
    assert (alone.problem, alone.notes) == (None, ())


def test_thousands_of_candidates_are_not_compared(tmp_path: Path) -> None:
    """The rule is then the one without a handout."""
    homes = [f"{number}/hw/" for number in range(COMPARED_CAP)]
    found = read(tmp_path, GIVEN | {f"{home}cnn.py": STUBS["cnn.py"] for home in homes})
    assert dict(found.files) == STUBS


def test_nothing_is_untouched_at_home(tmp_path: Path) -> None:
    """There the folder of the assignment is where the student works."""
    found = read_submission(put(tmp_path / "cnn", work() | {"assignment.toml": b""}), MANIFEST, id="you")
    assert (found.problem, found.notes) == (None, ())


@pytest.mark.harmless
def test_a_class_is_graded_with_the_handout(
    tiny_copy: Path, tiny: Course, recorded: RecordedSandbox, tmp_path: Path
) -> None:
    """And what was graded is looked at again where the handout changes."""
    folder = tiny_copy / "assignments/tiny"
    stub = b"def square(x):\n    raise NotImplementedError\n"
    put(folder, {"hw/maths.py": stub, "hw/words.py": b"W = 1\n"})
    files = {f"solved/{name}": content for name, content in tiny.reference.items()}
    source = lms_downloads.plain({"ada": files | {"hw/maths.py": stub, "hw/words.py": b"W = 1\n"}}, tmp_path / "class")
    entry = only(plan(source))
    context = replace(tiny.context, assignment=replace(tiny.context.assignment, folder=folder))
    (report,) = run_batch(context, [entry], recorded, tmp_path / "out")
    assert report.points > 0
    told = read_report(tmp_path / "out", "ada")
    assert told and "left aside: `hw/maths.py` and `hw/words.py`: still as given out" in told.notes
    before = Origin.of(folder, Level.ISOLATED, "cpu")
    put(folder, {"hw/maths.py": b"def square(x): ...\n"})
    assert Origin.of(folder, Level.ISOLATED, "cpu") != before
