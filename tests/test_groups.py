"""Groups: a number or a name of one is never taken for a person, and every member gets the group's grade."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import lms_downloads
import pytest
from intake_class import CLASS, MANIFEST, contents, reasons, work_of
from lms_downloads import put
from test_exports import LANGUAGES, worksheet_in

from grader.core.errors import UsageError
from grader.submissions.groups import Groups, read_groups
from grader.submissions.intake import plan
from grader.submissions.roster import Person, Roster

ADA, BOB, CY, DEE = (
    Person("5001", "Ada Lovelace"),
    Person("2", "Bob Smith"),
    Person("3", "Cy Young"),
    Person("4", "D. E."),
)
ROSTER = Roster((ADA, BOB, CY, DEE))
TEAMS = {"Team 1": work_of("one"), "Team: 2": work_of("two")}
LISTED = "group,id\nTeam 1,2\nTeam 1,3\nTeam: 2,5001\n,4\n"


def groups_of(folder: Path, text: str = LISTED) -> Groups:
    """The groups that a file of this text is."""
    path = folder / "groups.csv"
    path.write_text(text, encoding="utf-8")
    return read_groups(path)


def members_of(found: object) -> dict[str, tuple[str, ...]]:
    """Who shares each entry."""
    return {entry.id: entry.members for entry in found.entries}  # type: ignore[attr-defined]


def test_a_teams_number_in_moodle_is_never_a_persons(tmp_path: Path) -> None:
    """Team 5001 would be graded as participant 5001, and exported into her row."""
    source = lms_downloads.moodle_teams(TEAMS, tmp_path / "class")
    found = plan(source, roster=ROSTER)
    assert found.entries == ()
    assert reasons(found) == {
        "Team 1_5001_assignsubmission_file": (
            "two names: `Team 1` here, but 5001 is `Ada Lovelace` in the roster; "
            "if it is a group, list its members with --groups, else correct the roster"
        ),
        "Team: 2_5002_assignsubmission_file": "`5002` is not in the roster",
    }


@pytest.mark.parametrize("roster", [ROSTER, None], ids=["roster", "none"])
def test_each_member_of_a_listed_team_gets_its_grade(tmp_path: Path, roster: Roster | None) -> None:
    """However the name of a team is written; who is in none is missing."""
    source = lms_downloads.moodle_teams({"Team 1": TEAMS["Team 1"], "Team 2": TEAMS["Team: 2"]}, tmp_path / "class")
    found = plan(source, roster=roster, groups=groups_of(tmp_path), manifest=MANIFEST)
    assert members_of(found) == {"2_3": ("2", "3"), "5001": ("5001",)}
    assert found.quarantined == ()
    assert contents(found, tmp_path / "work")["5001"]["cnn.py"] == b"# cnn of two\n"
    assert found.missing == ((DEE,) if roster else ())
    assert found.layout == "Moodle download, a folder for each team"
    assert found.names(roster) == ({each.id: each.name for each in ROSTER.people} if roster else {})


def test_a_team_that_is_not_listed_is_nobodys(tmp_path: Path) -> None:
    """Once one is, all are teams: not even a roster without names has its number taken for a person."""
    source = lms_downloads.moodle_teams({"Team 1": work_of("1"), "Ghosts": work_of("2")}, tmp_path / "class")
    roster = Roster(tuple(map(Person, ("2", "3", "5002"))))
    found = plan(source, roster=roster, groups=groups_of(tmp_path, "group,id\nTeam 1,2\nTeam 1,3\n"))
    assert members_of(found) == {"2_3": ("2", "3")}
    assert reasons(found) == {
        "Ghosts_5002_assignsubmission_file": "`Ghosts` is not in the list of groups; add it (a CSV: group, id)"
    }


@pytest.mark.parametrize("word", ["Default group", "Standardgruppe"])
def test_moodles_default_group_is_whom_the_list_says(tmp_path: Path, word: str) -> None:
    """It has no number, which also tells that the numbers beside it are those of teams."""
    source = lms_downloads.moodle_teams({"Team 1": work_of("1"), "Default group": work_of("d")}, tmp_path / "class")
    (source / "Default group_assignsubmission_file").rename(source / f"{word}_assignsubmission_file")
    roster = Roster(tuple(map(Person, ("2", "3", "4", "5001"))))
    alone = plan(source, roster=roster)
    assert alone.entries == ()
    assert set(reasons(alone).values()) == {
        f"`{name}` is a group; list its members with --groups (a CSV: group, id)" for name in ("Team 1", word)
    }
    listed = groups_of(tmp_path, f"group,id\nTeam 1,2\nTeam 1,3\n{word},4\n{word},5001\n")
    found = plan(source, roster=roster, groups=listed)
    assert members_of(found) == {"2_3": ("2", "3"), "4_5001": ("4", "5001")}
    assert (found.quarantined, found.missing) == ((), ())


def test_before_4_1_each_member_has_a_folder(tmp_path: Path) -> None:
    """Under the team's name and the member's, with the member's number: nobody is quarantined, listed or not."""
    teams = {"Team 1": ({"2": "Bob Smith", "3": "Cy Young"}, work_of("one"))}
    source = lms_downloads.moodle_teams_before_4_1(teams, tmp_path / "class")
    for groups in (None, groups_of(tmp_path)):
        found = plan(source, roster=ROSTER, groups=groups)
        assert members_of(found) == {"2": ("2",), "3": ("3",)}
        assert found.quarantined == ()


def test_a_group_of_canvas_is_not_its_representative_alone(tmp_path: Path) -> None:
    """Without the list only one of them would have a grade; who submitted alone beside it is graded."""
    files = {"Team: 2": ("2", work_of("two")), "Young, Cy": ("3", work_of("cy"))}
    source = lms_downloads.canvas_groups(files, tmp_path / "class")
    alone = plan(source, roster=ROSTER)
    assert members_of(alone) == {"3": ("3",)}
    assert "two names: `team2` here, but 2 is `Bob Smith` in the roster; " in next(iter(reasons(alone).values()))
    found = plan(source, roster=ROSTER, groups=groups_of(tmp_path, "group,id\nTeam: 2,2\nTeam: 2,5001\n"))
    assert members_of(found) == {"2_5001": ("2", "5001"), "3": ("3",)}
    assert found.quarantined == ()


def test_a_representative_who_is_not_in_the_group_is_told(tmp_path: Path) -> None:
    """The list is an old one, or the file somebody else's."""
    source = lms_downloads.canvas_groups({"Team 2": ("2", work_of("two"))}, tmp_path / "class")
    for roster in (ROSTER, None):
        found = plan(source, roster=roster, groups=groups_of(tmp_path, "group,id\nTeam 2,3\nTeam 2,4\n"))
        assert set(reasons(found).values()) == {
            "submitted by 2, who is not in the group `team2`; correct the list of groups"
        }
    other = plan(source, groups=groups_of(tmp_path, "group,id\nTeam 9,2\nTeam 9,4\n"))
    assert "`team2` is not the group that 2 is in; " in next(iter(reasons(other).values()))


@pytest.mark.parametrize("builder", [lms_downloads.plain, lms_downloads.zips, lms_downloads.github])
def test_folders_named_after_groups_are_theirs(tmp_path: Path, builder: lms_downloads.Builder) -> None:
    """Also beside those of people."""
    source = builder({"team-1": work_of("1"), "4": work_of("4")}, tmp_path / "class")
    found = plan(source, roster=ROSTER, groups=groups_of(tmp_path, "group,id\nteam-1,2\nteam-1,3\n"))
    assert members_of(found) == {"2_3": ("2", "3"), "4": ("4",)}


def test_a_large_group_has_an_id_of_its_own(tmp_path: Path) -> None:
    """Where the ids of its members are too long together."""
    rows = "".join(f"Team 1,{id}\n" for id in range(100_001, 100_021))
    source = lms_downloads.moodle_teams({"Team 1": work_of("1")}, tmp_path / "class")
    (entry,) = plan(source, groups=groups_of(tmp_path, f"group,id\n{rows}")).entries
    assert (entry.id, len(entry.members)) == ("group_5001", 20)


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("Group,Identifier,Full name,Email address\nTeam 1,Participant 7,Ada,a@b.c\n,Participant 8,Bo,b@b.c\n", "7"),
        (
            "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id\n"
            "Ada,7,s,a,S,Team 1,9,\n",
            "7",
        ),
        ("\ufeffgroup;id\n team  1 ;7\n", "7"),
    ],
)
def test_what_platforms_export_is_a_list_of_groups(tmp_path: Path, text: str, members: str) -> None:
    """Moodle's worksheet with its column of groups, the groups of Canvas, and what a spreadsheet makes of a list."""
    (ids,) = groups_of(tmp_path, text).find("team 1")
    assert ids[0] == members


@pytest.mark.parametrize("blind", [True, False], ids=["blind", "named"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worksheet_in_any_language_is_a_list_of_groups(tmp_path: Path, language: str, blind: bool) -> None:
    """Where it has one column between the status and the grade; without, nobody's status becomes a group."""
    groups = groups_of(tmp_path, worksheet_in(language, blind=blind))
    assert [ids[0] for ids in groups.find("Team 1")] == ["101"]
    assert len(groups.members) == 1
    for without in (worksheet_in(language, blind=blind, group=False), with_id_numbers(worksheet_in(language))):
        with pytest.raises(UsageError, match="no columns of groups and ids"):
            groups_of(tmp_path, without)


def with_id_numbers(sheet: str) -> str:
    """The worksheet with a number of the university in the place of groups, before the status."""
    rows = [[*row[:3], id, *row[3:4], *row[5:]] for row, id in zip(csv.reader(io.StringIO(sheet)),
                                                                  ("#", "9001", ""), strict=True)]  # fmt: skip
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no columns of groups and ids in its first row; name them `group` and `id`"),
        ("team,id\nA,1\n", "no columns of groups and ids in its first row; name them `group` and `id`"),
        ("group,id\n", "nobody is in a group; fill in the column `group`"),
        ("group,id\nA,1\nB,1\n", "rows 2 and 3 have the same id `1`; keep one"),
        ("group,id\nA,\n", "row 2 has no id; fill it in, or take the row out"),
        ("group,id\nTeam 1,1\nTeam-1,2\n", "row 3: `Team-1` and `Team 1` cannot be told apart"),
    ],
)
def test_a_list_of_groups_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, text: str, problem: str) -> None:
    """With the row, and what to do."""
    with pytest.raises(UsageError) as error:
        groups_of(tmp_path, text)
    assert str(error.value).removeprefix(f"{tmp_path / 'groups.csv'}: ").startswith(problem)


def test_somebody_who_also_submitted_alone_is_in_two(tmp_path: Path) -> None:
    """Neither is graded before a person has looked."""
    source = put(
        tmp_path / "class",
        {f"{id}/{path}": data for id in ("Team 1", "2", "5001") for path, data in CLASS["12345"].items()},
    )
    found = plan(source, roster=ROSTER, groups=groups_of(tmp_path))
    assert members_of(found) == {"5001": ("5001",)}
    assert all("2 submissions claim one id" in reason for reason in reasons(found).values())
