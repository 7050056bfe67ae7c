"""Blackboard, Brightspace, Sakai and Google Drive: whose each submission is, which attempt counts, and no forgery."""

from pathlib import Path

import lms_downloads
import pytest
from intake_class import CLASS, MANIFEST, PLAN_OF_CLASS, contents, only, only_reason, reasons, work_of
from lms_downloads import Builder, blackboard_text, packed, put, zip_of

from grader.submissions.intake import plan, total
from grader.submissions.roster import Person, Roster

ADA_AND_BOB = Roster((Person("ada", "Ada Lovelace"), Person("bob", "Bob Ray")))
FIRST, SECOND = "2024-03-01-09-59-59", "2024-03-01-12-30-00"


def attempt(id: str, name: str, time: str = FIRST, word: str = "attempt", **files: bytes) -> dict[str, bytes]:
    """One attempt in Blackboard's download, of files by their name without its ending."""
    begin = f"HW_{id}_{word}_{time}"
    return {f"{begin}.txt": blackboard_text(name, id), **{f"{begin}_{file}.py": data for file, data in files.items()}}


def test_of_blackboards_attempts_the_newer_counts(tmp_path: Path) -> None:
    """A note names the older; what was not submitted again is from that one, and a text alone submits nothing again."""
    files = attempt("ada", "Ada Lovelace", cnn=b"old", training=b"t") | attempt("ada", "Ada Lovelace", SECOND, cnn=b"n")
    files |= attempt("bob", "Bob Ray", cnn=b"c", training=b"t") | attempt("bob", "Bob Ray", SECOND)
    found = plan(put(tmp_path / "class", files), roster=ADA_AND_BOB, manifest=MANIFEST)
    assert contents(found, tmp_path / "work") == {
        "ada": {"cnn.py": b"n", "training.py": b"t"},
        "bob": {"cnn.py": b"c", "training.py": b"t"},
    }
    assert found.oddities == (
        "ada: only `cnn.py` submitted again; the rest is from class",
        f"bob: only `HW_bob_attempt_{SECOND}` submitted again; the rest is from class",
    )


@pytest.mark.parametrize("word", ["attempt", "poging", "Versuch"])
@pytest.mark.parametrize("id", ["ada", "ada_l", "ada.l@uni.edu"])
def test_blackboards_text_says_where_a_username_begins(tmp_path: Path, word: str, id: str) -> None:
    """In each language."""
    found = plan(put(tmp_path / "class", attempt(id, "Ada (Countess) Lovelace", word=word, cnn=b"c", training=b"t")))
    assert [(entry.id, entry.name) for entry in found.entries] == [(id, "Ada (Countess) Lovelace")]


def test_a_file_that_is_named_like_somebody_elses_attempt_is_its_submitters(tmp_path: Path) -> None:
    """Also with a text like Blackboard's."""
    begin = f"HW_ada_attempt_{FIRST}_x_bob_attempt_{SECOND}"
    files = attempt("ada", "Ada Lovelace", cnn=b"a", training=b"t") | attempt("bob", "Bob Ray", cnn=b"b", training=b"t")
    files |= {f"{begin}.txt": blackboard_text("Bob Ray", "bob"), f"{begin}_cnn.py": b"forged"}
    found = plan(put(tmp_path / "class", files))
    assert contents(found, tmp_path / "work")["bob"] == {"cnn.py": b"b", "training.py": b"t"}
    assert [entry.id for entry in found.entries] == ["ada", "bob"]


def test_an_attempt_whose_text_does_not_say_whose_it_is_is_nobodys(tmp_path: Path) -> None:
    """It is gone, names another than the files do, or is a group's."""
    files = {f"HW_{id}_attempt_{FIRST}_cnn.py": b"" for id in ("ada", "bob", "team")}
    files |= {
        f"HW_bob_attempt_{FIRST}.txt": blackboard_text("Ada", "ada"),
        f"HW_team_attempt_{FIRST}.txt": b"Group: x\n",
    }
    found = plan(put(tmp_path / "class", files))
    assert not found.entries and not found.is_recognised
    assert reasons(found)[f"HW_ada_attempt_{FIRST}_cnn.py"] == (
        f"`HW_ada_attempt_{FIRST}.txt` is not there, or does not say whose it is"
    )
    assert len(reasons(found)) == 3


@pytest.mark.parametrize(
    "source",
    [
        attempt("ada", "Bob Ray", cnn=b""),
        {"1-2 - ada Ray - Oct 3, 2025 1022 AM/cnn.py": b""},
        {"7-2 - ada1 - Bob Ray - Oct 3, 2025 1022 AM/cnn.py": b""},
        {"Ray, Bob(ada)/timestamp.txt": b"", "Ray, Bob(ada)/Submission attachment(s)/cnn.py": b""},
    ],
    ids=["blackboard", "brightspace by name", "brightspace by id", "sakai"],
)
def test_a_name_that_contradicts_the_roster_is_quarantined(tmp_path: Path, source: dict[str, bytes]) -> None:
    """Whichever platform says so."""
    people = Roster((Person("ada", "Ada Lovelace", also=("ada1",)), Person("bob", "Bob Raymond")))
    reason = only_reason(plan(put(tmp_path / "class", source), roster=people))
    assert "two names: `Bob Ray`" in reason or "two names: `Ray, Bob`" in reason or "nobody in the roster" in reason


def test_the_name_of_the_only_student_is_looked_at_in_all_attempts(tmp_path: Path) -> None:
    """It is not what blind marking puts there."""
    files = attempt("ada", "Bob Ray", cnn=b"", training=b"") | attempt("ada", "Bob Ray", SECOND, cnn=b"", training=b"")
    found = plan(put(tmp_path / "class", files), roster=ADA_AND_BOB)
    assert not found.entries
    assert all(reason.startswith("two names: `Bob Ray` here") for reason in reasons(found).values())


def brightspace(*folders: str) -> dict[str, bytes]:
    """Folders of Brightspace, each with other work in it."""
    return {f"{name}/{path}": data for name in folders for path, data in work_of(name).items()} | {"index.html": b""}


def test_brightspaces_names_are_looked_up_in_the_roster(tmp_path: Path) -> None:
    """Where no id is in them: all words of one person's name, in any order."""
    folders = (
        "39786-64069 - Ada Lovelace - Oct 10, 2025 1022 AM",
        "39787-64069 - Bob Ray - 5 October 2025 9:05 PM",
        "39788-64069 - Bob - Oct 5, 2025 905 PM",
        "39789-64069 - Zoë Ray - Oct 5, 2025 905 PM",
    )
    people = Roster((Person("1", "Lovelace, Ada"), Person("2", "Ray, Bob"), Person("3", "Zoe Ray"), Person("4")))
    found = plan(put(tmp_path / "class", brightspace(*folders)), roster=people)
    assert [(entry.id, entry.name) for entry in found.entries] == [
        ("1", "Lovelace, Ada"),
        ("2", "Ray, Bob"),
        ("3", "Zoe Ray"),
    ]
    assert reasons(found) == {folders[2]: "nobody in the roster is called `Bob`; say whose it is with --who"}
    assert found.missing == (Person("4"),)


def test_without_a_roster_brightspaces_names_are_nobodys(tmp_path: Path) -> None:
    """Its own numbers are not ids of people."""
    found = plan(put(tmp_path / "class", brightspace("1-2 - Ada Lovelace - Oct 10, 2025 1022 AM")))
    assert only_reason(found) == "Brightspace gives a name and no id; give a roster with names"


def test_two_people_of_one_name_are_not_taken_for_one(tmp_path: Path) -> None:
    """Neither where both are in the roster, nor where one of them is."""
    folders = ("1-9 - Ada Ray - Oct 10, 2025 1022 AM", "2-9 - ada ray - Oct 11, 2025 1022 AM")
    one = plan(put(tmp_path / "class", brightspace(*folders)), roster=Roster((Person("1", "Ada Ray"),)))
    both = Roster((Person("1", "Ada Ray"), Person("2", "Ray, Ada")))
    for found in (one, plan(tmp_path / "class", roster=both)):
        assert not found.entries
        assert all("several people may be called" in reason for reason in reasons(found).values())


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Oct 10, 2025 1159 AM", "Oct 10, 2025 1200 PM"),
        ("Oct 10, 2025 1259 AM", "Oct 10, 2025 100 AM"),
        ("30 September 2025 1112 PM", "1 October 2025 112 AM"),
        ("Dec 31, 2025 900 PM", "Jan 1, 2026 800 AM"),
    ],
)
@pytest.mark.parametrize("id", ["", "7 "])
def test_of_brightspaces_submissions_the_newer_counts(tmp_path: Path, older: str, newer: str, id: str) -> None:
    """By the time in the names; with a note."""
    folders = [f"1-9 - {id}Ada Ray - {time}" for time in (newer, older)]
    found = plan(put(tmp_path / "class", brightspace(*folders)), roster=Roster((Person("7", "Ada Ray"),)))
    assert only(found).source == folders[0]
    assert found.oddities == (f"7: submitted again: `{folders[1]}` in class is older",)


def test_brightspaces_submissions_of_one_minute_are_not_chosen_from(tmp_path: Path) -> None:
    """Nothing says which is newer."""
    folders = [f"1-9 - {id} Ada Ray - Oct 10, 2025 1022 AM" for id in ("7", "07")]
    found = plan(put(tmp_path / "class", brightspace(*folders)), roster=Roster((Person("7", "Ada Ray", also=("07",)),)))
    assert all("2 submissions claim one id" in reason for reason in reasons(found).values())


def test_sakais_own_files_and_the_teachers_are_nobodys_work(tmp_path: Path) -> None:
    """Feedback has a better solution in it; a text is what was submitted where there are no files."""
    home = "Lovelace, Ada(ada)"
    files = {
        f"{home}/timestamp.txt": b"2024-03-01T12:30:00Z",
        f"{home}/Submission attachment(s)/hw.zip": packed(work_of("ada")),
        f"{home}/Feedback Attachment(s)/hw/cnn.py": b"the teacher's",
        "Ray, Bob(bob)/timestamp.txt": b"2024-03-01T12:30:00Z",
        "Ray, Bob(bob)/Ray, Bob(bob)_submissionText.html": b"<p>my work",
        "Gray, Eve(eve)/timestamp.txt": b"",
        "Gray, Eve(eve)/Feedback Attachment(s)/hw/cnn.py": b"the teacher's",
        "grades.csv": b"",
        "Additional notes.html": b"",
    }
    folder = put(tmp_path / "class", files)
    (folder / "Fay, Cy(cy)/Submission attachment(s)").mkdir(parents=True)
    found = plan(folder)
    assert [entry.id for entry in found.entries] == ["ada", "bob"]
    ada, bob = (entry.read(MANIFEST, tmp_path / "work") for entry in found.entries)
    assert dict(ada.files)["cnn.py"] == work_of("ada")["hw/cnn.py"]
    assert "found Ray, Bob(bob)_submissionText.html" in (bob.problem or "")
    assert reasons(found) == {
        "Gray, Eve(eve)": "no files in `Submission attachment(s)`; look at it by hand"
    }  # Cy submitted nothing, and has a folder all the same
    assert found.oddities == ("Additional notes.html: ignored, not a submission",)


def test_a_group_of_sakais_that_names_nobody_is_nobodys(tmp_path: Path) -> None:
    """Its number is not an id."""
    home = "Team 1 (70-ab)"
    files = {
        f"{home}/members.txt": b"none",
        f"{home}/Submission attachment(s)/cnn.py": b"",
        f"{home}/timestamp.txt": b"",
    }
    assert only_reason(plan(put(tmp_path / "class", files))) == "`members.txt` does not say whose it is"


@pytest.mark.parametrize("builder", [lms_downloads.brightspace, lms_downloads.sakai, lms_downloads.blackboard])
@pytest.mark.parametrize("students", [1, 3])
def test_a_folder_with_the_assignments_title_is_looked_into(tmp_path: Path, builder: Builder, students: int) -> None:
    """The zip has another name; also where one student submitted."""
    some = dict(list(CLASS.items())[:students])
    source = zip_of(builder(some, tmp_path / "Exam 1"), tmp_path / "bulk_download.zip", wrapped=True)
    found = plan(source, manifest=MANIFEST)
    assert contents(found, tmp_path / "work") == {id: PLAN_OF_CLASS[id] for id in some}


@pytest.mark.parametrize("name", ["Ada Lovelace", "hw ada"])
def test_a_students_only_folder_is_not_looked_into(tmp_path: Path, name: str) -> None:
    """Whatever is in it, as it has the name or the id of one in the roster."""
    source = lms_downloads.sakai({"bob": work_of("ada")}, tmp_path / "class" / name).parent
    assert not plan(source, roster=ADA_AND_BOB).entries
    assert plan(source).entries  # nobody knows any better


@pytest.mark.parametrize(
    "archive",
    [
        "HW 1-20240301T123000Z-001.zip",
        "HW 1-20240301T123000Z-1-002.zip",
        "HW 1-20240301T123000Z-001 (1).zip",
        "HW 1.zip",
    ],
)
def test_google_drives_names_of_zips_are_those_of_folders(tmp_path: Path, archive: str) -> None:
    """With the time, the number of the part, and a browser's number."""
    source = zip_of(put(tmp_path / "HW 1", {"ada/hw/cnn.py": b"c"}), tmp_path / archive, wrapped=True)
    assert only(plan(source)).id == "ada"


def test_parts_of_a_drives_folder_are_one_class(tmp_path: Path) -> None:
    """A student whose files are in two parts is set aside by neither being the whole."""
    parts = [{"ada/hw/cnn.py": b"c", "bob/hw/cnn.py": b"c"}, {"bob/hw/training.py": b"t", "cy/hw/cnn.py": b"c"}]
    archives = [
        zip_of(put(tmp_path / f"{at}" / "HW", files), tmp_path / f"HW-20240301T123000Z-00{at}.zip", wrapped=True)
        for at, files in enumerate(parts, 1)
    ]
    found = total([plan(archive) for archive in archives])
    assert [entry.id for entry in found.entries] == ["ada", "cy"]
    assert all("2 submissions claim one id" in each.reason for each in found.quarantined)
