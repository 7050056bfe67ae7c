"""Whatever a platform's download is, it becomes the same submissions, and the layout is never guessed."""

import os
import subprocess
import sys
import tracemalloc
import unicodedata
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import lms_downloads
import pytest
from intake_class import (
    CELLS,
    CLASS,
    MANIFEST,
    NOTEBOOK,
    ONE_FILE,
    PLAN_OF_CLASS,
    contents,
    only,
    only_reason,
    reasons,
    work_of,
)
from lms_downloads import LAYOUTS, Builder, packed, put, zip_of

from grader.core.errors import UsageError
from grader.submissions.intake import plan
from grader.submissions.roster import Person, Roster, read_roster


@pytest.mark.parametrize("builder", LAYOUTS, ids=lambda builder: builder.__name__)
@pytest.mark.parametrize("form", ["folder", "zip", "zip of a folder"])
def test_every_layout_gives_the_same_ids_and_files(tmp_path: Path, builder: Builder, form: str) -> None:
    """Unpacked, as one zip, and as a zip with a folder around everything."""
    source = builder(CLASS, tmp_path / "class")
    if form != "folder":
        source = zip_of(source, tmp_path / "class.zip", wrapped=form == "zip of a folder")
    found = plan(source, manifest=MANIFEST)
    assert contents(found, tmp_path / "work") == PLAN_OF_CLASS
    assert [entry.members for entry in found.entries] == [(id,) for id in sorted(CLASS)]
    assert (found.quarantined, found.oddities, found.missing) == ((), (), ())


@pytest.mark.parametrize("name", ["plain", "moodle", "moodle_zips", "canvas", "gradescope", "nbgrader", "github",
                                  "blackboard", "brightspace", "sakai"])  # fmt: skip
def test_the_layout_is_named_for_people(tmp_path: Path, name: str) -> None:
    """So that a wrong guess would be seen."""
    words = {"plain": "a folder for each student", "github": "GitHub Classroom clones of `hw-2`",
             "nbgrader": "nbgrader's submissions of `ps1`"}  # fmt: skip
    found = plan(getattr(lms_downloads, name)(CLASS, tmp_path / "class"))
    assert words.get(name, name.split("_")[0]).lower() in found.layout.lower()


@pytest.mark.parametrize("builder", [lms_downloads.moodle, lms_downloads.canvas, lms_downloads.plain])
def test_a_roster_gives_names_and_tells_who_is_missing(tmp_path: Path, builder: Builder) -> None:
    """The three layouts agree on everything that the roster says."""
    names = {"12345": "Lovelace, Ada", "23456": "Noether, Emmy", "34567": "Zoe Mueller"}
    roster = Roster((*(Person(id, name) for id, name in names.items()), Person("99999", "Eve")))
    found = plan(builder(CLASS, tmp_path / "class"), roster=roster)
    assert {entry.id: entry.name for entry in found.entries} == names
    assert found.missing == (Person("99999", "Eve"),)


def test_names_are_those_of_the_roster_before_those_of_the_platform(tmp_path: Path) -> None:
    """Also of who is missing; an id in place of a name is none, and what stands there in blind marking neither."""
    found = plan(lms_downloads.moodle({"1": CLASS["12345"], "2": CLASS["12345"]}, tmp_path / "class"))
    both = found.names(None)
    assert set(both) == {"1", "2"}
    known = Roster((Person("1", "Ada"), Person("2"), Person("9", "Eve")))
    assert found.names(known) == {"1": "Ada", "2": both["2"], "9": "Eve"}
    for builder in (lms_downloads.plain, lms_downloads.moodle_blind):
        assert plan(builder(CLASS, tmp_path / builder.__name__)).names(None) == {}


def test_a_name_that_is_only_spaces_is_none(tmp_path: Path) -> None:
    """A student who has cleared it on the platform is known by the id, and nobody else's grade is lost."""
    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as file:
        file.writestr(" _123_assignsubmission_file/hw/words.py", "")
        file.writestr("Ada Love_124_assignsubmission_file/hw/words.py", "")
    (tmp_path / "roster.csv").write_text("id,name\n123,Bob\n124, \n")
    found = plan(tmp_path / "moodle.zip")
    assert found.names(None) == {"124": "Ada Love"}
    people = read_roster(tmp_path / "roster.csv")
    assert plan(tmp_path / "moodle.zip", roster=people).names(people) == {"123": "Bob", "124": "Ada Love"}


def test_canvas_says_who_is_late(tmp_path: Path) -> None:
    """The builder makes every second one late, and gives it a name that Canvas numbered."""
    found = plan(lms_downloads.canvas(CLASS, tmp_path / "class"))
    assert [(entry.id, entry.late) for entry in found.entries] == [("12345", False), ("23456", True), ("34567", False)]


@pytest.mark.parametrize("builder", [lms_downloads.gradescope, lms_downloads.nbgrader, lms_downloads.sakai])
def test_platforms_that_say_when_are_believed(tmp_path: Path, builder: Builder) -> None:
    """With the zone; other layouts say nothing."""
    found = plan(builder(CLASS, tmp_path / "class"))
    assert {entry.submitted_at for entry in found.entries} == {datetime(2024, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)}
    assert only(plan(lms_downloads.plain({"1": CLASS["12345"]}, tmp_path / "plain"))).submitted_at is None


@pytest.mark.parametrize("builder", [lms_downloads.technion, lms_downloads.gradescope, lms_downloads.sakai])
def test_a_group_is_one_entry_with_its_members(tmp_path: Path, builder: Builder) -> None:
    """Once, under the ids of all."""
    found = plan(builder({"23456_12345": work_of("a"), "34567": work_of("b")}, tmp_path / "class"))
    assert [(entry.id, entry.members) for entry in found.entries] == [
        ("12345_23456", ("12345", "23456")),
        ("34567", ("34567",)),
    ]


def test_nobody_is_in_two_groups(tmp_path: Path) -> None:
    """Neither group is graded before a person has looked; the third is."""
    found = plan(
        lms_downloads.technion({id: work_of(id) for id in ("11111_22222", "22222_33333", "44444")}, tmp_path / "c")
    )
    assert only(found).id == "44444"
    assert {each.claimed for each in found.quarantined} == {("11111", "22222"), ("22222", "33333")}
    assert all("claim one id" in each.reason for each in found.quarantined)


def test_a_gradescope_group_with_long_addresses_has_gradescopes_own_name(tmp_path: Path) -> None:
    """Where the ids together would be too long to be one."""
    folder = put(tmp_path / "class", {f"submission_7/{path}": data for path, data in CLASS["12345"].items()})
    people = "".join(f"  - :name: P\n    :email: {'x' * 40}{n}@uni.edu\n" for n in (1, 2))
    (folder / "submission_metadata.yml").write_text(f"submission_7:\n  :submitters:\n{people}")
    assert only(plan(folder)).id == "submission_7"
    assert len(only(plan(folder)).members) == 2


def test_gradescopes_address_or_number_is_found_in_the_roster(tmp_path: Path) -> None:
    """Whichever the roster has; the entry has the roster's id."""
    source = lms_downloads.gradescope({"12345": CLASS["12345"]}, tmp_path / "class")
    assert only(plan(source, roster=Roster((Person("s12345@uni.edu"),)))).id == "s12345@uni.edu"
    assert only(plan(source, roster=Roster((Person("ada", also=("12345",)),)))).id == "ada"
    two = plan(source, roster=Roster((Person("s12345@uni.edu"), Person("12345"))))
    assert "more than one person" in only_reason(two)


def test_a_submission_that_gradescope_does_not_list_is_nobodys(tmp_path: Path) -> None:
    """And one that is listed but not there is told."""
    source = lms_downloads.gradescope(CLASS, tmp_path / "class")
    (source / "submission_70000").rename(source / "submission_80000")
    found = plan(source)
    assert [entry.id for entry in found.entries] == ["23456", "34567"]
    assert reasons(found) == {
        "submission_80000": "not listed in submission_metadata.yml, so it is not known whose it is"
    }
    assert found.oddities == ("submission_metadata.yml lists submission_70000, not in the download",)


def test_a_submission_of_which_gradescope_does_not_say_clearly_whose_it_is_is_quarantined(tmp_path: Path) -> None:
    """A value that Ruby does not write; the others are graded."""
    source = lms_downloads.gradescope(CLASS, tmp_path / "class")
    listed = (source / "submission_metadata.yml").read_text(encoding="utf-8")
    (source / "submission_metadata.yml").write_text(listed.replace("'23456'", "*1"), encoding="utf-8")
    found = plan(source)
    assert [entry.id for entry in found.entries] == ["12345", "34567"]
    assert "does not say clearly whose it is" in reasons(found)["submission_70001"]


def test_a_spoilt_list_of_gradescope_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Nobody can be graded without it."""
    source = lms_downloads.gradescope(CLASS, tmp_path / "class")
    (source / "submission_metadata.yml").write_text("!!python/object/apply:os.system ['id']\n")
    with pytest.raises(UsageError, match="not in Gradescope's format; export the submissions again"):
        plan(source)


def test_files_named_after_students_are_read(tmp_path: Path) -> None:
    """A loose module stands for the only one that is wanted, a notebook for the notebook; a note says so."""
    modules = plan(put(tmp_path / "modules", {"ada.py": b"a", "bob.py": b"b"}))
    assert contents(modules, tmp_path / "work", ONE_FILE) == {"ada": {"cnn.py": b"a"}, "bob": {"cnn.py": b"b"}}
    assert modules.entries[0].read(ONE_FILE, tmp_path / "work").notes[0] == "`ada.py` was used as `cnn.py`"
    notebooks = plan(put(tmp_path / "notebooks", {"ada.ipynb": CELLS, "bob.ipynb": CELLS}))
    assert [entry.read(NOTEBOOK, tmp_path / "work").problem for entry in notebooks.entries] == [None, None]


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("other", ["essay (1).ipynb", "drafts/mine.ipynb"])
def test_of_two_notebooks_none_is_passed_over_in_silence(tmp_path: Path, other: str, zipped: bool) -> None:
    """The one with the right name may be the untouched one; of two with other names none is taken."""
    wanted = NOTEBOOK.notebook or ""
    files = {wanted: CELLS, other: CELLS}
    source = put(
        tmp_path / "class", {"ada/hw.zip": packed(files)} if zipped else {f"ada/{n}": c for n, c in files.items()}
    )
    read = only(plan(source)).read(NOTEBOOK, tmp_path / "work")
    assert (read.problem, read.notes) == (None, (f"left aside: `{other}`: `{wanted}` is there",))
    unclear = put(tmp_path / "unclear", {"ada/a.ipynb": CELLS, "ada/b.ipynb": CELLS})
    problem = only(plan(unclear)).read(NOTEBOOK, tmp_path / "work").problem
    assert problem == f"`{wanted}` exists more than once: `a.ipynb` and `b.ipynb`; keep one"


def test_a_module_is_not_taken_for_one_of_several(tmp_path: Path) -> None:
    """Nothing is graded; a person is told what was found."""
    read = only(plan(put(tmp_path / "class", {"ada.py": b"a"}))).read(MANIFEST, tmp_path / "work")
    assert read.problem == "no folder `hw` with cnn.py, training.py; found ada.py"


def test_folders_zips_and_files_may_stand_side_by_side(tmp_path: Path) -> None:
    """Each named after a student; what people keep beside them is ignored."""
    files = {"ada/hw/cnn.py": b"", "bob.zip": packed(work_of("bob")), "cy.py": b"", "grades.csv": b"", ".DS_Store": b""}
    found = plan(put(tmp_path / "class", files))
    assert [entry.id for entry in found.entries] == ["ada", "bob", "cy"]
    assert found.oddities == ("grades.csv: ignored, not a submission",)
    assert found.layout == "folders and files named after students"


def test_a_table_named_after_somebody_in_the_roster_is_not_left_aside(tmp_path: Path) -> None:
    """It is what that student submitted."""
    source = put(tmp_path / "class", {"ada.csv": b"", "notes.csv": b"", "bob/cnn.py": b""})
    found = plan(source, roster=Roster((Person("ada"), Person("bob"))))
    assert list(reasons(found)) == ["ada.csv"]
    assert found.oddities == ("notes.csv: ignored, not a submission",)


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_what_systems_leave_behind_is_nobodys(tmp_path: Path, zipped: bool) -> None:
    """Also beside the folder that is around everything; a name with two lines in front is somebody's."""
    junk = {"__MACOSX/class/._ada.zip": b"", ".DS_Store": b"", "Thumbs.db": b"", "desktop.ini": b"", "._ada.zip": b""}
    source = put(tmp_path / "class", {**junk, "ada/cnn.py": b"", "__bob/cnn.py": b"", "__pycache__/x.pyc": b""})
    found = plan(zip_of(source, tmp_path / "class.zip") if zipped else source)
    assert [entry.id for entry in found.entries] == ["__bob", "ada"]
    assert (found.quarantined, found.oddities) == ((), ())


@pytest.mark.parametrize("name", ["नेहा शर्मा", "สมชาย ใจดี", "İrem Güneş", "José Peña", "Ana‿Luz Gil"])
@pytest.mark.parametrize("decomposed", [False, True])
def test_canvas_keeps_the_marks_of_names(tmp_path: Path, name: str, decomposed: bool) -> None:
    """Those of Hindi and Thai, of a lowered Turkish I, and of letters that are written in two."""
    written = lms_downloads.sortable(unicodedata.normalize("NFD" if decomposed else "NFC", name))
    roster = Roster((Person("7", name), Person("8", "Bob Ray")))
    files = {f"{written}_7_91_hw.zip": packed(work_of("7")), "raybob_8_93_hw.zip": packed(work_of("8"))}
    found = plan(put(tmp_path / "class", files), roster=roster)
    assert ([entry.id for entry in found.entries], found.quarantined, found.missing) == (["7", "8"], (), ())
    assert found.layout == "Canvas download"


def test_several_files_of_one_student_are_read_together(tmp_path: Path) -> None:
    """Canvas gives each its own long name, and a number to those submitted again."""
    files = {"eve_LATE_7_91_cnn.py": b"c", "eve_LATE_7_92_training-1.py": b"t", "bob_8_93_hw.zip": packed(work_of("b"))}
    found = plan(put(tmp_path / "class", files))
    assert contents(found, tmp_path / "work")["7"] == {"cnn.py": b"c", "training.py": b"t"}
    assert [(entry.id, entry.late) for entry in found.entries] == [("7", True), ("8", False)]


@pytest.mark.parametrize("builder", [lms_downloads.plain, lms_downloads.moodle, lms_downloads.moodle_zips])
@pytest.mark.parametrize("around", ["", "hw/"])
def test_files_that_a_browser_has_numbered_are_found_in_a_students_folder(
    tmp_path: Path, builder: Builder, around: str
) -> None:
    """Zipped or not, with the package's folder or without."""
    source = builder({"7": {f"{around}cnn (1).py": b"c", f"{around}training-2.py": b"t"}}, tmp_path / "class")
    read = only(plan(source)).read(MANIFEST, tmp_path / "work")
    assert (read.problem, dict(read.files)) == (None, {"cnn.py": b"c", "training.py": b"t"})
    assert "`cnn (1).py` was used as `cnn.py`" in read.notes


def test_what_was_submitted_twice_in_one_is_not_chosen_from(tmp_path: Path) -> None:
    """A loose module and a zip with the same one."""
    source = put(tmp_path / "class", {"eve_7_91_cnn.py": b"c", "eve_7_92_z.zip": packed({"cnn.py": b"d"})})
    assert only(plan(source)).read(MANIFEST, tmp_path / "work").problem == (
        "`cnn.py` cannot be used: it exists more than once; keep one"
    )


def test_a_zip_in_a_students_folder_is_opened(tmp_path: Path) -> None:
    """On disk, as platforms leave it."""
    found = plan(put(tmp_path / "class", {"ada/my work.zip": packed(CLASS["12345"]), "ada/essay.pdf": b"%PDF"}))
    assert contents(found, tmp_path / "work") == {"ada": PLAN_OF_CLASS["12345"]}


def test_a_zip_deeper_in_a_students_folder_is_left_alone(tmp_path: Path) -> None:
    """It is data, or nobody can say what; what lies beside it is read."""
    files = {"ada/first.zip": packed({"x.txt": b""}), "ada/hw/cnn.py": b"c", "ada/hw/data/old.zip": b"not one"}
    found = plan(put(tmp_path / "class", files))
    assert contents(found, tmp_path / "work") == {"ada": {"cnn.py": b"c"}}


def test_a_folder_is_read_where_it_is(tmp_path: Path) -> None:
    """Nothing is copied, and the work folder is not even made."""
    contents(plan(lms_downloads.plain(CLASS, tmp_path / "class")), tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_an_online_text_is_told_and_harms_nothing(tmp_path: Path) -> None:
    """Beside a file it is somebody's remark; alone it is all there is."""
    texts = {"Ada L_7_assignsubmission_onlinetext/onlinetext.html": b"<p>", "Bo C_8_assignsubmission_file_/cnn.py": b""}
    found = plan(put(tmp_path / "class", texts | {"Bo C_8_assignsubmission_onlinetext_/onlinetext.html": b"<p>"}))
    assert [(entry.id, len(entry.files)) for entry in found.entries] == [("7", 1), ("8", 2)]
    assert len(found.oddities) == 2
    assert "found onlinetext.html" in (found.entries[0].read(MANIFEST, tmp_path / "work").problem or "")


@pytest.mark.parametrize("name", ["Ada_１２_assignsubmission_file", "Ada_٣_assignsubmission_file", "ada_１_2_cnn.py"])
def test_digits_of_other_alphabets_are_not_a_number_of_a_platform(tmp_path: Path, name: str) -> None:
    """Although Python would count with them."""
    builder = lms_downloads.canvas if name.endswith(".py") else lms_downloads.moodle
    found = plan(put(builder(CLASS, tmp_path / "class"), {name if name.endswith(".py") else f"{name}/cnn.py": b""}))
    assert len(found.entries) == 3
    (reason,) = reasons(found).values()
    assert reason.startswith("not a name that")


def test_of_several_assignments_of_nbgrader_one_has_to_be_named(tmp_path: Path) -> None:
    """And who did not submit that one has no entry."""
    source = lms_downloads.nbgrader(CLASS, tmp_path / "class")
    put(source, {"submitted/12345/ps2/cnn.py": b"other", "submitted/45678/ps2/cnn.py": b""})
    with pytest.raises(UsageError, match="several assignments, ps1, ps2; name one with --called"):
        plan(source)
    assert contents(plan(source, assignment="ps1"), tmp_path / "work") == PLAN_OF_CLASS
    assert [entry.id for entry in plan(source, assignment="ps2").entries] == ["12345", "45678"]


def test_a_whole_course_of_nbgrader_may_be_given(tmp_path: Path) -> None:
    """`submitted` is what counts of it."""
    source = put(lms_downloads.nbgrader(CLASS, tmp_path / "course"), {"source/ps1/cnn.py": b"", "gradebook.db": b""})
    assert len(plan(source).entries) == 3


@pytest.mark.parametrize("folder", ["hw-2-submissions", "clones"])
def test_logins_with_hyphens_are_whole(tmp_path: Path, folder: str) -> None:
    """What comes before them is said by the folder that the clones are in, or by what all names share."""
    source = lms_downloads.github({id: work_of(id) for id in ("ada-l", "bob", "cy-1")}, tmp_path / folder)
    assert [entry.id for entry in plan(source).entries] == ["ada-l", "bob", "cy-1"]


def test_the_roster_says_where_a_login_begins(tmp_path: Path) -> None:
    """When all of them begin alike."""
    source = lms_downloads.github({id: work_of(id) for id in ("uni-ada", "uni-bob")}, tmp_path / "clones")
    assert [entry.id for entry in plan(source).entries] == ["ada", "bob"]
    found = plan(source, roster=Roster((Person("a", also=("uni-ada",)), Person("b", also=("uni-bob",)))))
    assert [entry.id for entry in found.entries] == ["a", "b"]
    full = plan(source, roster=Roster((Person("hw-2-uni-ada"), Person("hw-2-uni-bob"))))
    assert [entry.id for entry in full.entries] == ["hw-2-uni-ada", "hw-2-uni-bob"]


@pytest.mark.parametrize("name", ["class (1).zip", "class.zip", "classes.zip"])
def test_a_folder_around_everything_is_looked_through(tmp_path: Path, name: str) -> None:
    """Where the zip is called like it, or the roster knows those inside; else it is the only student there is."""
    source = zip_of(lms_downloads.plain(CLASS, tmp_path / "class"), tmp_path / name, wrapped=True)
    assert len(plan(source, roster=Roster(tuple(map(Person, CLASS)))).entries) == 3
    assert len(plan(source).entries) == (1 if name == "classes.zip" else 3)


def test_one_student_is_not_looked_through(tmp_path: Path) -> None:
    """What a student calls files must not decide whose they are."""
    inner = {"Eve_1_assignsubmission_file/Ada_2_assignsubmission_file_x.py": b"", "ada/12345.zip": b""}
    for name, files in {"moodle": dict(list(inner.items())[:1]), "plain": dict(list(inner.items())[1:])}.items():
        found = plan(put(tmp_path / name, files))
        assert [entry.id for entry in found.entries] == [{"moodle": "1", "plain": "ada"}[name]]
    moodle = plan(tmp_path / "moodle", roster=Roster((Person("1"), Person("Ada_2_assignsubmission_file_x"))))
    assert [entry.id for entry in moodle.entries] == ["1"]


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_single_submission_is_told_from_a_class(tmp_path: Path, form: str) -> None:
    """Its folder `hw` is not a student."""
    source = put(tmp_path / "ada", CLASS["12345"])
    source = zip_of(source, tmp_path / "ada.zip") if form == "zip" else source
    instead = {"folder": "use `grader check", "zip": "put it into a folder of its own and name that folder"}[form]
    with pytest.raises(UsageError, match=f"this is one submission; name the folder above it, or {instead}"):
        plan(source, manifest=MANIFEST)


def test_the_folder_of_results_is_not_a_submission(tmp_path: Path) -> None:
    """People put it beside those of the students."""
    source = put(lms_downloads.plain(CLASS, tmp_path / "class"), {"results/grades.csv": b""})
    assert len(plan(source, apart=source / "results").entries) == 3
    assert len(plan(source).entries) == 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such folder or zip"),
        (b"", "it is empty"),
        (b"PK\3\4 and then nothing", "damaged or cut short"),
        (b"Rar!\x1a\7\0", "it is a RAR archive, not a zip"),
        (b"\x1f\x8b\x08", "it is a gzip file, not a zip"),
        (b"hello", "it is not a zip"),
        (packed({}), "no submissions"),
    ],
)
def test_a_source_that_cannot_be_read_is_told_in_one_sentence(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """With its name, and without a traceback."""
    source = tmp_path / "download.zip"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(UsageError) as error:
        plan(source)
    assert str(error.value).startswith(f"{source}: ")
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_an_empty_folder_has_no_submissions(tmp_path: Path) -> None:
    """It is the wrong one."""
    with pytest.raises(UsageError, match="no submissions; it should hold a folder or a zip for each student"):
        plan(tmp_path)


def test_a_large_download_is_never_held_in_memory(tmp_path: Path) -> None:
    """Planning and reading take far less than one of its files."""
    filler = os.urandom(1 << 20) * 24
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as target:
        for id in ("ada", "bob", "cy"):
            target.writestr(f"{id}.zip", packed({**work_of(id), "data.bin": filler}))
    tracemalloc.start()
    contents(plan(tmp_path / "d.zip"), tmp_path / "work")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "d.zip").stat().st_size > 60 << 20
    assert peak < 8 << 20


@pytest.mark.process
def test_planning_does_not_import_torch() -> None:
    """A mistyped path is answered at once, and nothing of a submission can be run by what is not there."""
    script = "import sys, grader.submissions.intake; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
