"""The tables of `docs/grading.md` on what becomes of a download: each row is a builder, and says what happens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from intake_class import CLASS, MANIFEST, only
from lms_downloads import (
    GIVEN_OUT,
    LAYOUTS,
    NAMES,
    TREES,
    canvas_groups,
    moodle_teams,
    moodle_teams_before_4_1,
    put,
)

from grader.assignment.handout import Handout
from grader.submissions.groups import Groups, read_groups
from grader.submissions.intake import Plan, plan
from grader.submissions.roster import Person, Roster

DOCUMENT = Path(__file__).parent.parent / "docs" / "grading.md"
HANDOUT = Handout({Path(path).name: content for path, content in GIVEN_OUT.items()})
WORK = {"hw/cnn.py": b"c = 1\n", "hw/training.py": b"t = 1\n"}


def rows(heading: str) -> list[str]:
    """The rows of the table below a heading, without those that head it."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


def said(builder: Callable[..., object]) -> str:
    """What a row calls what a builder makes."""
    return (builder.__doc__ or "").split(". ")[0].rstrip(".\n")


def outcome(found: Plan) -> str:
    """What becomes of the submissions of a plan, all of which fare alike."""
    reasons = {each.reason for each in found.quarantined}
    assert bool(reasons) != bool(found.entries)
    return f"quarantined: {', '.join(reasons)}" if reasons else "graded"


def groups_in(folder: Path) -> Groups:
    """A list of one group."""
    (folder / "groups.csv").write_text("group,id\nTeam 1,12345\nTeam 1,23456\n")
    return read_groups(folder / "groups.csv")


def layout_rows(folder: Path) -> Iterator[str]:
    """The rows on layouts, as they should be."""
    people = Roster(tuple(Person(id, name) for id, name in zip(CLASS, NAMES, strict=False)))
    work, groups = CLASS["12345"], groups_in(folder)
    for layout in LAYOUTS:
        found = plan(layout(CLASS, folder / layout.__name__))
        yield f"| {said(layout)} | {found.layout} | {outcome(found)} |"
    teams = {"Team 1": ({"12345": "Ada Lovelace", "23456": "Emmy Noether"}, work)}
    for builder, source in (
        (moodle_teams, moodle_teams({"Team 1": work}, folder / "teams")),
        (moodle_teams_before_4_1, moodle_teams_before_4_1(teams, folder / "before")),
        (canvas_groups, canvas_groups({"Team 1": ("12345", work)}, folder / "canvas_groups")),
    ):
        found = plan(source, roster=people)
        listed = outcome(plan(source, roster=people, groups=groups))
        told = "graded" if outcome(found) == listed == "graded" else f"{outcome(found)}; with `--groups` {listed}"
        yield f"| {said(builder)} | {found.layout} | {told} |"


def tree_rows(folder: Path) -> Iterator[str]:
    """The rows on one student's files, as they should be."""
    for builder in TREES:
        source = put(folder / builder.__name__, {f"ada/{path}": data for path, data in builder(WORK).items()})
        read = only(plan(source)).read(MANIFEST, folder / "work", HANDOUT)
        notes = [*read.notes, *(f"`{name}` is missing" for name in read.missing)]
        told = read.problem or "; ".join(notes)
        assert read.problem or read.files["cnn.py"] == WORK["hw/cnn.py"]
        yield f"| {said(builder)} | {'quarantined' if read.problem else 'graded'} | {told} |"


@pytest.mark.parametrize(
    ("heading", "made"),
    [("What becomes of each layout", layout_rows), ("What becomes of one student's files", tree_rows)],
)
def test_the_table_says_what_happens(tmp_path: Path, heading: str, made: Callable[[Path], Iterator[str]]) -> None:
    """Row by row, in the order of the builders."""
    assert rows(heading) == list(made(tmp_path))
