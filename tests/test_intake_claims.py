"""Whose a submission is: never guessed, never another's; what is unsafe or unclear costs only itself."""

import os
from pathlib import Path

import lms_downloads
import pytest
from intake_class import CLASS, MANIFEST, only, reasons, work_of, zip_with
from lms_downloads import Builder, packed, put

from grader.core.text import is_hidden
from grader.submissions.intake import plan
from grader.submissions.roster import Person, Roster

NAMES_OF_NOBODY = {
    "a b": "bad id", "ä": "bad id", "x" * 65: "bad id", "a;b": "bad id", "a\nb": "invisible or control character",
    "a\\b": "backslash", "-rf": "begins with `-`", "con": "reserves for a device", "x" * 220: "too long",
    "\u0430dmin": "bad id", "ad\u200bmin": "invisible", "１２３": "bad id", "٣٤٥": "bad id", "a\x1b[2J": "control",
    "nul.py": "device", "a\u202eb": "invisible",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES_OF_NOBODY, ids=ascii)
@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_a_name_that_is_not_an_id_is_quarantined_and_shown_as_it_is(tmp_path: Path, name: str, zipped: bool) -> None:
    """Homoglyphs, wide digits, what moves a cursor or means something to a shell; the neighbour is graded."""
    files = {f"{name}/hw/cnn.py": b"", "ada/hw/cnn.py": b""}
    source = zip_with(tmp_path / "d.zip", *files.items()) if zipped else put(tmp_path / "class", files)
    found = plan(source, roster=Roster((Person("ada"), Person("admin"), Person("123"))))
    assert [entry.id for entry in found.entries] == ["ada"]
    (each,) = found.quarantined
    assert NAMES_OF_NOBODY[name] in each.reason
    assert all(not any(map(is_hidden, text)) for text in (each.name, each.reason))
    assert each.submission().id == each.name


def test_who_is_not_in_the_roster_is_quarantined(tmp_path: Path) -> None:
    """A zero in front or a space are somebody else; another case is not."""
    files = {f"{name}/hw/cnn.py": b"" for name in ("ada", "Ada2", "0123", "eve")}
    found = plan(put(tmp_path / "class", files), roster=Roster((Person("ada"), Person("ada2"), Person("123"))))
    assert [entry.id for entry in found.entries] == ["ada", "ada2"]
    said = {name: reason.partition(", but")[0] for name, reason in reasons(found).items()}
    assert said == {name: f"`{name}` is not in the roster" for name in ("0123", "eve")}
    assert found.missing == ()


def test_who_may_be_among_the_quarantined_is_not_missing(tmp_path: Path) -> None:
    """By name or id, where a name says either; who is graded is not asked for again."""
    people = {"1": "Ada Lovelace", "2": "Neha Sharma", "3": "Alan Turing", "bob": "Bob Ray", "4": "Grace Hopper"}
    names = ("lovelaceada_hw.zip", "Neha Sharma", "turing_x.7z", "hw bob.rar", "notes of somebody.pdf")
    files = {**{f"{name}/x.txt" if "." not in name else name: b"" for name in names}, "3/hw/cnn.py": b""}
    roster = Roster(tuple(Person(id, name) for id, name in people.items()))
    found = plan(put(tmp_path / "class", files), roster=roster)
    assert [entry.id for entry in found.entries] == ["3"]
    assert [person.id for person in found.missing] == ["4"]
    assert {each.name: each.claimed for each in found.quarantined} == {
        "lovelaceada_hw.zip": ("1",),
        "Neha Sharma": ("2",),
        "turing_x.7z": (),
        "hw bob.rar": ("bob",),
        "notes of somebody.pdf": (),
    }


@pytest.mark.parametrize("rivals", [("ada/hw/cnn.py", "ada.zip"), ("ada/x.py", "ADA/x.py"), ("ada.py", "ada.ipynb")])
def test_two_that_claim_one_id_are_both_quarantined(tmp_path: Path, rivals: tuple[str, str]) -> None:
    """Nobody can know which is right; the id is not called missing."""
    source = put(tmp_path / "class", {rivals[0]: b"", rivals[1]: b"", "bob/hw/cnn.py": b""})
    found = plan(source)
    assert [entry.id for entry in found.entries] == ["bob"]
    assert len(found.quarantined) == 2
    assert all("2 submissions claim one id" in each.reason for each in found.quarantined)


def test_one_user_under_two_names_is_two_people(tmp_path: Path) -> None:
    """Somebody renamed himself so that his file reads like another's."""
    found = plan(put(tmp_path / "class", {"eve_111_22_x.zip": b"", "ada_111_33_x.zip": b"", "bob_5_6_x.zip": b""}))
    assert [entry.id for entry in found.entries] == ["5"]
    assert {each.claimed for each in found.quarantined} == {("111",)}


def test_a_canvas_name_with_two_readings_waits_for_a_roster(tmp_path: Path) -> None:
    """A student called `ada_111_222` would be taken for ada; one whose file has a date, for somebody else."""
    source = put(tmp_path / "class", {"ada_111_222_333_444_cnn.py": b"", "bob_5_6_cnn.py": b"", "cy_7_8_cnn.py": b""})
    assert [entry.id for entry in plan(source).entries] == ["5", "7"]
    assert "can mean user 111 or 222 or 333; give a roster" in plan(source).quarantined[0].reason
    people = (Person("5"), Person("7"))
    eve = plan(source, roster=Roster((*people, Person("333"))))
    assert [entry.id for entry in eve.entries] == ["333", "5", "7"]
    both = plan(source, roster=Roster((*people, Person("111"), Person("333"))))
    assert [entry.id for entry in both.entries] == ["5", "7"]
    neither = plan(source, roster=Roster(people))
    assert reasons(neither) == {"ada_111_222_333_444_cnn.py": "`111` is not in the roster"}


@pytest.mark.parametrize(
    ("name", "id", "file"),
    [
        ("ada_12_34_HW_2024_12_15.zip", "12", "HW_2024_12_15.zip"),
        ("ada_12_34_hw_01_02_x.zip", "12", "hw_01_02_x.zip"),
        ("ada_12_34_my-hw_5_6_x.zip", "12", "my-hw_5_6_x.zip"),
        ("ada_LATE_12_34_hw_5_6_x.zip", "12", "hw_5_6_x.zip"),
        ("late_12_34_LATE_x.zip", "12", "LATE_x.zip"),
        ("lovelace_a_12_34_x.zip", "12", "x.zip"),
    ],
)
def test_numbers_in_a_files_name_are_not_taken_for_ids(tmp_path: Path, name: str, id: str, file: str) -> None:
    """Where what stands before them cannot be a person."""
    entry = only(plan(put(tmp_path / "class", {name: b""})))
    assert (entry.id, entry.files[0].name, entry.late) == (id, file, name.startswith("ada_LATE"))


def test_a_file_called_like_another_students_is_its_owners(tmp_path: Path) -> None:
    """What the platform wrote comes first."""
    name = "Eve_1_assignsubmission_file_Ada_2_assignsubmission_file_cnn.py"
    found = plan(put(tmp_path / "class", {name: b"x", "Bob_3_assignsubmission_file_cnn.py": b""}))
    assert [(entry.id, entry.files[0].name) for entry in found.entries] == [
        ("1", "Ada_2_assignsubmission_file_cnn.py"),
        ("3", "cnn.py"),
    ]


def test_a_file_that_names_another_of_the_roster_is_two_ids(tmp_path: Path) -> None:
    """Submitted as one, written by the other: a person asks. Naming oneself too, or a short number, is not a reason."""
    roster = Roster(tuple(map(Person, ("12345", "23456", "34567", "2"))))
    files = {"Ada_12345_assignsubmission_file/hw-23456.zip": packed(work_of("x")),
             "Bob_23456_assignsubmission_file/hw2-23456_34567.zip": packed(work_of("x")),
             "Cy_34567_assignsubmission_file/hw_2.zip": packed(work_of("x"))}  # fmt: skip
    found = plan(put(tmp_path / "class", files), roster=roster)
    assert [entry.id for entry in found.entries] == ["23456", "34567"]
    assert reasons(found) == {
        "Ada_12345_assignsubmission_file": "two ids: submitted by 12345, but `hw-23456.zip` names 23456"
    }


@pytest.mark.parametrize("name", ["Lovelace, Ada", "Ada Lovelace", "ADA LOVELACE", ""])
@pytest.mark.parametrize("builder", [lms_downloads.moodle, lms_downloads.canvas, lms_downloads.moodle_blind])
def test_a_name_that_is_the_rosters_is_nothing_to_tell(tmp_path: Path, builder: Builder, name: str) -> None:
    """However the platform writes it, or where it hides it."""
    found = plan(builder({"12345": CLASS["12345"]}, tmp_path / "class"), roster=Roster((Person("12345", name),)))
    assert (only(found).notes, found.oddities) == ((), ())


def test_a_name_that_is_not_the_rosters_is_quarantined(tmp_path: Path) -> None:
    """The number of a team in Moodle is also somebody's; it is not called missing."""
    source = put(
        tmp_path / "class",
        {"Group A_12345_assignsubmission_file/cnn.py": b"", "Bo_2_assignsubmission_file/cnn.py": b""},
    )
    found = plan(source, roster=Roster((Person("12345", "Ada"), Person("2", "Bo"))))
    assert only(found).id == "2"
    (reason,) = reasons(found).values()
    assert reason.startswith("two names: `Group A` here, but 12345 is `Ada` in the roster; ")
    assert (found.quarantined[0].claimed, found.missing) == (("12345",), ())


@pytest.mark.parametrize("name", ["müllerzoë", "mullerzoe", "mllerzo", "muellerzoë"])
def test_a_name_without_its_accents_is_the_same_name(tmp_path: Path, name: str) -> None:
    """Platforms drop them, or the letters with them, from names of files; another name is quarantined."""
    source = put(tmp_path / "class", {f"{name}_12345_9_hw.zip": packed(CLASS["12345"])})
    assert only(plan(source, roster=Roster((Person("12345", "Müller, Zoë"),)))).name == "Müller, Zoë"
    (reason,) = reasons(plan(source, roster=Roster((Person("12345", "Meßner, Zoë"),)))).values()
    assert "12345 is `Meßner, Zoë` in the roster" in reason


@pytest.mark.parametrize(
    ("said", "listed", "agree"),
    [
        ("Ada King Lovelace", "Ada Lovelace", True),
        ("Ada", "Lovelace, Ada", True),
        ("Team 1-Ada Lovelace", "Ada Lovelace", True),
        ("Bob Smith", "Robert Smith", False),
        ("Team 1", "Ada Lovelace", False),
        ("李明", "明 李", True),
        ("李明", "王芳", False),
        ("Participant 12345", "Ada Lovelace", True),
        ("Team 1-Participant", "Ada Lovelace", True),
        ("Ada", "", True),
    ],
)
def test_names_that_can_be_one_persons_agree(tmp_path: Path, said: str, listed: str, agree: bool) -> None:
    """A middle name may be missing, a word that is another may not."""
    source = put(tmp_path / "class", {f"{said}_12345_assignsubmission_file/cnn.py": b""})
    found = plan(source, roster=Roster((Person("12345", listed),)))
    assert [entry.id for entry in found.entries] == ["12345"] * agree


def test_one_word_for_everybody_is_nobodys_name(tmp_path: Path) -> None:
    """Blind marking in a language that we do not know."""
    files = {f"Teilnehmer in_{id}_assignsubmission_file/cnn.py": b"" for id in (7, 8)}
    roster = Roster((Person("7", "Ada Lovelace"), Person("8", "Emmy Noether")))
    assert [entry.name for entry in plan(put(tmp_path / "class", files), roster=roster).entries] == [
        "Ada Lovelace", "Emmy Noether",
    ]  # fmt: skip


@pytest.mark.parametrize(("submitted", "listed"), [("12345", "0012345"), ("0012345", "12345")])
def test_zeros_that_a_spreadsheet_took_are_told(tmp_path: Path, submitted: str, listed: str) -> None:
    """Nothing is guessed; the reason says who is probably meant."""
    source = put(tmp_path / "class", {f"{submitted}.zip": packed(CLASS["12345"]), "9.zip": packed(CLASS["12345"])})
    said = reasons(plan(source, roster=Roster((Person(listed), Person("9")))))
    assert said == {
        f"{submitted}.zip": f"`{submitted}` is not in the roster, but `{listed}` is: give both the same zeros"
    }


@pytest.mark.parametrize("name", ["ada.rar", "ada.7z", "ada.tar.xz", "ada.pdf", "ada.docx", "ada"])
def test_a_file_of_another_kind_is_quarantined(tmp_path: Path, name: str) -> None:
    """The student did submit something."""
    found = plan(put(tmp_path / "class", {name: b"x", "bob/cnn.py": b""}))
    assert [entry.id for entry in found.entries] == ["bob"]
    assert "ask for a zip, a folder, or a .py or .ipynb file" in reasons(found)[name]


def test_links_and_pipes_among_the_submissions_are_quarantined(tmp_path: Path) -> None:
    """Neither followed nor waited for, at the top or in a folder beside a zip."""
    source = put(tmp_path / "class", {"ada/hw/cnn.py": b"", "bob/hw.zip": packed(work_of("bob")), "cy/hw/cnn.py": b""})
    secret = put(tmp_path / "secret", {"cnn.py": b"SECRET", "training.py": b"SECRET"})
    (source / "eve").symlink_to(secret)
    os.mkfifo(source / "fifo.py")
    (source / "bob/hw").symlink_to(secret)
    (source / "cy/hw/training.py").symlink_to(secret / "training.py")
    found = plan(source)
    assert [entry.id for entry in found.entries] == ["ada", "bob", "cy"]
    assert set(reasons(found)) == {"eve", "fifo.py"}
    read = {entry.id: entry.read(MANIFEST, tmp_path / "work") for entry in found.entries}
    assert (read["bob"].problem, len(read["bob"].files)) == (None, 3)
    assert "link" in (read["cy"].problem or "")
    assert not any(b"SECRET" in data for each in read.values() for data in each.files.values())


SPOILT = {
    "leaves": ("bob/../../evil.py", b""), "absolute": ("/etc/evil.py", b""), "drive": ("C:/evil.py", b""),
    "backslash": ("bob\\..\\evil.py", b""), "NUL": ("bob/a\0.py", b""), "newline": ("bob/a\nb.py", b""),
    "twin": ("bob/hw/CNN.py", b""), "twice": ("bob/hw/cnn.py", b"other"), "long": (f"bob/{'x' * 300}.py", b""),
    "deep": ("bob/" + "d/" * 5000 + "x.py", b""), "file and folder": ("bob/hw", b""), "dots": ("bob/./x.py", b""),
    "double": ("bob//x.py", b""), "dash": ("bob/-rf", b""), "device": ("bob/con", b""),
    "form": ("bob/hw/\u00e9.py", b""),
}  # fmt: skip


FOUL = {"leaves", "absolute", "drive", "backslash", "dots", "double"}
UNCLEAR = {"twin", "twice", "file and folder"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("how", SPOILT)
def test_one_bad_name_in_a_platforms_zip_costs_only_whose_it_is(tmp_path: Path, how: str) -> None:
    """Where it is not a mere helper's; the others are graded, and nothing is written outside the work folder."""
    good = [(f"{id}/{path}", data) for id in ("ada", "bob", "cy") for path, data in work_of(id).items()]
    more = [("bob/hw/e\u0301.py", b"")] if how == "form" else []
    found = plan(zip_with(tmp_path / "d.zip", *good, SPOILT[how], *more))
    read = {entry.id: entry.read(MANIFEST, tmp_path / "work") for entry in found.entries}
    graded = {id for id, each in read.items() if each.files}
    assert len(found.quarantined) == (how in FOUL)
    assert graded == {"ada", "bob", "cy"} - ({"bob"} if how in (FOUL | UNCLEAR) - {"absolute", "drive"} else set())
    assert how not in UNCLEAR or "more than once" in (read["bob"].problem or "")
    assert sorted(path.name for path in tmp_path.iterdir()) in (["d.zip", "work"], ["d.zip"])


def test_a_stray_name_beside_the_folder_around_everything_costs_nobody_anything(tmp_path: Path) -> None:
    """The class is still found inside."""
    good = [(f"class/{id}/{path}", data) for id in ("ada", "bob") for path, data in work_of(id).items()]
    found = plan(zip_with(tmp_path / "class.zip", ("../evil", b""), *good))
    assert [entry.id for entry in found.entries] == ["ada", "bob"]
    assert list(reasons(found)) == ["../evil"]


def test_quarantined_names_are_told_apart(tmp_path: Path) -> None:
    """Each gets a report of its own."""
    found = plan(zip_with(tmp_path / "d.zip", ("x" * 300 + "a", b""), ("x" * 300 + "b", b""), ("ada/cnn.py", b"")))
    assert len({each.name for each in found.quarantined}) == len(found.quarantined) == 2
