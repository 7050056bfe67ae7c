"""Where names do not tell whose a submission is, a person does, in a table; and what is nobody's ends the command."""

import csv
from pathlib import Path

import lms_downloads
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_class import CLASS, MANIFEST, PLAN_OF_CLASS, contents, reasons, work_of
from lms_downloads import packed, put, zip_of
from typer.testing import CliRunner

from grader.cli.app import app
from grader.core.errors import UsageError
from grader.files.tables import read_table
from grader.grading.class_plan import Asked, plan_class
from grader.results.folder import save_class
from grader.submissions.groups import Groups
from grader.submissions.intake import Plan, plan, refuse_unrecognised, who_rows
from grader.submissions.roster import Person, Roster
from grader.submissions.who_table import WhoTable, read_who, who_table, written

NAMES = {"12345": "1. Entry (late)", "23456": "2. Entry.zip", "34567": "=HYPERLINK(A1)  x"}


def unnamed(folder: Path) -> Path:
    """The class under names that tell nobody."""
    first, second, third = NAMES.values()
    files = {f"{first}/{path}": data for path, data in CLASS["12345"].items()}
    files |= {f"{third}/{path}": data for path, data in CLASS["34567"].items()}
    return put(folder, files | {second: packed(CLASS["23456"])})


def table(path: Path, *rows: str) -> WhoTable:
    """The table of these rows, read."""
    path.write_text("\n".join(["file,id,name", *rows]) + "\n")
    return read_who(path)


def filled(source: Path, path: Path) -> WhoTable:
    """The table that is written for a download, with the ids filled in."""
    rows = who_rows([plan(source, who=WhoTable(path, {}))])
    whose = {name: id for id, name in NAMES.items()}
    path.write_bytes(who_table([(name, id or whose.get(name, ""), shown) for name, id, shown in rows]))
    return read_who(path)


@pytest.mark.parametrize("form", ["folder", "zip", "zip of a folder"])
def test_a_filled_in_table_says_whose_everything_is(tmp_path: Path, form: str) -> None:
    """In each form of a download, and with a folder of any name around everything."""
    source = unnamed(tmp_path / "the class")
    if form != "folder":
        source = zip_of(source, tmp_path / "d.zip", wrapped=form == "zip of a folder")
    assert not plan(source).is_recognised
    who = filled(source, tmp_path / "who.csv")
    found = plan(source, who=who, manifest=MANIFEST)
    refuse_unrecognised([source], [found], who)
    assert contents(found, tmp_path / "work") == PLAN_OF_CLASS
    assert (found.quarantined, found.oddities) == ((), ())
    assert found.layout.endswith("as who.csv says")


def test_what_is_known_is_filled_in_already(tmp_path: Path) -> None:
    """With the roster's name; a group's joined ids are nobody's."""
    source = put(tmp_path / "class", {"101/hw/cnn.py": b"", "no id!/hw/cnn.py": b"", "Team 1.zip": b""})
    people = Roster((Person("101", "Ada"), Person("102"), Person("103")))
    found = plan(source, roster=people, groups=Groups({"team1": (("102",), ("103",))}))
    assert who_rows([found]) == [("101", "101", "Ada"), ("Team 1.zip", "", ""), ("no id!", "", "")]


def test_the_table_decides_over_the_layout(tmp_path: Path) -> None:
    """Moodle's number is not looked at; what has no id in it is set aside, other files are ignored."""
    source = lms_downloads.moodle(CLASS, tmp_path / "class")
    put(source, {"notes.md": b"", "list.csv": b""})
    who = table(
        tmp_path / "who.csv",
        "Ada Lovelace_12345_assignsubmission_file/,ada",
        "Emmy Noether_23456_assignsubmission_file,,",
        "list.csv,,",
    )
    found = plan(source, who=who)
    assert [entry.id for entry in found.entries] == ["ada"]
    assert reasons(found) == {
        "Emmy Noether_23456_assignsubmission_file": "no id in who.csv",
        "Zoë Müller_34567_assignsubmission_file": "no id in who.csv",
        "list.csv": "no id in who.csv",
    }
    assert found.oddities == ("notes.md: ignored, not a submission",)


def test_the_tables_people_are_checked_like_a_platforms(tmp_path: Path) -> None:
    """By the roster, in id and name; and an id may be a group's."""
    source = put(tmp_path / "class", {f"{name}.zip": packed(work_of(name)) for name in "abcd"})
    who = table(tmp_path / "who.csv", "a.zip,7", "b.zip,8,Bob Ray", "c.zip,99", "d.zip,team-1")
    people = Roster((Person("ada", also=("7",)), Person("8", "Eve Gray"), Person("9"), Person("10")))
    found = plan(source, roster=people, groups=Groups({"team1": (("9",), ("10",))}), who=who)
    assert [(entry.id, entry.members) for entry in found.entries] == [("10_9", ("10", "9")), ("ada", ("ada",))]
    assert reasons(found)["b.zip"].startswith("two names: `Bob Ray` here, but 8 is `Eve Gray`")
    assert reasons(found)["c.zip"] == "`99` is not in the roster"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (("a,1", "b,2", "gone,3"), "row 4: `gone` is not at the top of the download; correct its name"),
        (("a,1", "b,1"), "rows 2 and 3 have the same id `1`; keep one"),
        (("a,Ada", "b,aDa"), "rows 2 and 3 have the same id `aDa`; keep one"),
        (("a,1", "a/,2"), "rows 2 and 3 are both `a`; keep one"),
        (("a,1", ",2"), "row 3 has no file; fill it in"),
        (("a,no id",), "row 2: 'no id' is not an id"),
        ((), "nothing is in it"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_in_one_sentence(
    tmp_path: Path, rows: tuple[str, ...], problem: str
) -> None:
    """With the row as the spreadsheet counts it."""
    source = put(tmp_path / "class", {"a/hw/cnn.py": b"", "b/hw/cnn.py": b""})
    path = tmp_path / "who.csv"
    with pytest.raises(UsageError) as error:
        who = table(path, *rows)
        refuse_unrecognised([source], [plan(source, who=who)], who)
    assert str(error.value).startswith(f"{path}: ") and problem in str(error.value) and "\n" not in str(error.value)


def test_a_table_may_be_about_several_downloads(tmp_path: Path) -> None:
    """Each row about a file in one of them."""
    sources = [put(tmp_path / name, {f"{name}/hw/cnn.py": b"", "x/hw/cnn.py": b""}) for name in ("one", "two")]
    who = table(tmp_path / "who.csv", "one,1", "two,2")
    plans = [plan(source, who=who) for source in sources]
    refuse_unrecognised(sources, plans, who)
    assert [entry.id for each in plans for entry in each.entries] == ["1", "2"]


def test_names_that_a_table_cannot_tell_apart_are_set_aside(tmp_path: Path) -> None:
    """A space more is not seen in a spreadsheet; neither is graded as the other."""
    source = put(tmp_path / "class", {"a b/hw/cnn.py": b"1", "a  b/hw/cnn.py": b"2", "c/hw/cnn.py": b""})
    found = plan(source, who=table(tmp_path / "who.csv", "a b,1", "c,3"))
    assert [entry.id for entry in found.entries] == ["3"]
    assert all("another is written like it in who.csv" in reason for reason in reasons(found).values())


@given(st.text(min_size=1, max_size=30))
def test_a_written_name_is_what_a_table_gives_back(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """Formulas are made harmless, and the name is found all the same."""
    path = tmp_path_factory.mktemp("who") / "who.csv"
    path.write_bytes(who_table([(name, "7", "")]))
    for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert [line.cells["file"] for line in read_table(path, ["file"])] == [written(name)]


@pytest.mark.parametrize("inside", ["hw", "x y"])
def test_one_students_folder_is_not_taken_for_a_class(tmp_path: Path, inside: str) -> None:
    """When the table is written: with one folder in it, it is a submission."""
    source = put(tmp_path / "class", {f"Ada L/{inside}/cnn.py": b"", "Ada L/essay.txt": b""})
    assert [name for name, _, _ in who_rows([plan(source, who=WhoTable(tmp_path / "who.csv", {}))])] == ["Ada L"]


def test_a_folder_that_has_a_row_is_not_looked_into(tmp_path: Path) -> None:
    """Although the zip has its name; without a row it is around the class."""
    source = zip_of(put(tmp_path / "late", work_of("ada")), tmp_path / "late.zip", wrapped=True)
    who = table(tmp_path / "who.csv", "late,ada")
    found = plan(source, who=who)
    assert (found.top, contents(found, tmp_path / "work")["ada"]["training.py"]) == (("late",), b"# training\n")
    assert plan(source, who=table(tmp_path / "who.csv", "hw,ada")).top == ("hw",)


def unknown(found: Plan) -> str:
    """The sentence that a download is refused with."""
    with pytest.raises(UsageError) as error:
        refuse_unrecognised([Path("d.zip")], [found], None)
    return str(error.value)


def test_a_download_of_which_nothing_is_known_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """It says what was found."""
    said = unknown(plan(unnamed(tmp_path / "class")))
    assert said.startswith("d.zip: no submission was recognised: `1. Entry (late)`: bad id")
    assert ", and 2 more; " in said and "`grader intake d.zip --write-who who.csv`" in said
    assert "grades.csv: ignored" in unknown(plan(put(tmp_path / "notes", {"notes.md": b"", "grades.csv": b""})))
    wrong = plan(lms_downloads.plain(CLASS, tmp_path / "plain"), roster=Roster((Person("9"),)))
    assert "`12345` is not in the roster, and 2 more" in unknown(wrong)


def test_a_submission_that_is_known_and_quarantined_does_not_end_the_command(tmp_path: Path) -> None:
    """Its student is told apart from those who submitted nothing."""
    source = put(tmp_path / "class", {"one/nets.py": b"", "one.zip": packed({"nets.py": b""})})
    found = plan(source)
    assert not found.entries and len(found.quarantined) == 2
    refuse_unrecognised([source], [found], None)


def test_nothing_is_written_for_a_download_of_which_nothing_is_known(tmp_path: Path, tiny_copy: Path) -> None:
    """`grade` stops before it makes or changes its results."""
    source = unnamed(tmp_path / "class")
    with pytest.raises(UsageError, match="no submission was recognised"):
        plan_class(tiny_copy / "assignments/tiny", [source], tmp_path / "results", Asked())
    assert not (tmp_path / "results").exists()
    filled(source, tmp_path / "who.csv")
    asked = Asked(who=tmp_path / "who.csv")
    found = plan_class(tiny_copy / "assignments/tiny", [source], tmp_path / "results", asked)
    assert sorted(entry.id for entry in found.entries) == sorted(NAMES)


def test_a_list_is_asked_for_again(tmp_path: Path, tiny_copy: Path) -> None:
    """Where it is forgotten, the names would say that what was graded is somebody else's."""
    source = lms_downloads.plain(CLASS, tmp_path / "class")
    other = lms_downloads.plain({"7": work_of("7")}, tmp_path / "other")
    table(tmp_path / "who.csv", "12345,ada", "23456,bob", "34567,cy")
    folder, results = tiny_copy / "assignments/tiny", tmp_path / "results"
    save_class(results, plan_class(folder, [source], results, Asked(who=tmp_path / "who.csv")).record)
    with pytest.raises(UsageError, match="a list said whose it is in the last run; give it again with --who"):
        plan_class(folder, [other, source], results, Asked())
    assert plan_class(folder, [other], results, Asked()).kept == ("ada", "bob", "cy")
    save_class(results, plan_class(folder, [other], results, Asked()).record)
    with pytest.raises(UsageError, match="give it again"):
        plan_class(folder, [source], results, Asked())
    assert sorted(plan_class(folder, [source], results, Asked(drop=True)).record.submissions) == sorted(CLASS)


def test_intake_writes_the_table_and_reads_it(tmp_path: Path) -> None:
    """It does not write over one that may have been filled in."""
    source, path = unnamed(tmp_path / "class"), tmp_path / "who.csv"
    run = CliRunner().invoke
    refused = run(app, ["intake", str(source)])
    assert isinstance(refused.exception, UsageError) and "no submission was recognised" in str(refused.exception)
    assert run(app, ["intake", str(source), "--write-who", str(path)]).exit_code == 0
    assert path.read_text().splitlines()[0] == "file,id,name"
    again = run(app, ["intake", str(source), "--write-who", str(path)])
    assert isinstance(again.exception, UsageError) and "already exists and may hold ids" in str(again.exception)
    filled(source, path)
    done = run(app, ["intake", str(source), "--who", str(path)])
    assert done.exit_code == 0 and "as who.csv says: 3 submissions" in done.stdout
