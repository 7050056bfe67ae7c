"""A class is the sum of its downloads: a later one adds and replaces by student, and nobody is lost or swapped."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import lms_downloads
import pytest
from killed import killed
from lms_downloads import Files, packed, put, zip_of
from test_whole_class import WORK, grades
from tiny_course import Course

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.core.errors import UsageError
from grader.exports.canvas import fill_canvas
from grader.exports.moodle import fill_moodle
from grader.grading.batch import NOBODY
from grader.grading.class_plan import Asked, ClassPlan, make_results, plan_class, record_class
from grader.grading.class_run import grade_class
from grader.grading.session import Session
from grader.grading.unchanged import Origin, keep_unchanged
from grader.pages.write import settle_class, write_student_page
from grader.results.decisions import read_decisions
from grader.results.folder import read_report, settle
from grader.submissions.roster import Person


class Grading:
    """Runs of `grader grade` into one folder of results, in a sandbox that is there."""

    def __init__(self, tiny: Course, sandbox: RecordedSandbox, home: Path) -> None:
        self.home, self.out, self._course, self._sandbox = home, home / "results", tiny, sandbox

    def work(self, kind: int) -> Files:
        """What a student submits who gets `WORK[kind][1]` points."""
        changed = {name: text.encode() for name, text in WORK[kind][0].items()}
        return {f"hw/{name}": content for name, content in {**self._course.reference, **changed}.items()}

    def run(self, *downloads: Path, **asked: Any) -> ClassPlan:
        """One run, and what was planned for it."""
        folder = self._course.context.assignment.folder
        plan = plan_class(folder, downloads, self.out, Asked(**asked))
        self.carry_out(plan)
        return plan

    def carry_out(self, plan: ClassPlan) -> None:
        """Grade what is planned."""
        make_results(self.out)
        record_class(plan, self.out)
        page = partial(write_student_page, self.out, plan.record, decisions=read_decisions(self.out))
        folder, place = self._course.context.assignment.folder, (self._sandbox.level, self._sandbox.device)
        rest = keep_unchanged(plan, self.out, Origin.of(folder, *place), page)
        session = Session(self._sandbox, self._course.context)  # type: ignore[arg-type]
        whole = partial(settle_class, self.out)
        with ThreadPoolExecutor(2) as pool:
            grade_class(session, rest, self.out, pool, page=page, whole=whole, listener=NOBODY)
        settle_class(self.out)

    def points(self) -> dict[str, str]:
        """By id; the state where there are none."""
        return {id: points if state == "GRADED" else state for id, (points, state) in grades(self.out).items()}

    def notes(self, id: str) -> str:
        """What the report on a submission says beside its verdicts."""
        report = read_report(self.out, id)
        assert report is not None
        return "; ".join(report.notes) or report.reason


@pytest.fixture
def grading(tiny: Course, recorded: RecordedSandbox, tmp_path: Path) -> Grading:
    """A class that nobody has been graded of."""
    return Grading(tiny, recorded, tmp_path)


def canvas(into: Path, submitted: Mapping[str, tuple[int, Mapping[str, bytes]]]) -> Path:
    """A zip of Canvas: by id the number of the first attachment and the files, each by its name."""
    files = {f"lovelaceada_{id}_{first + at}_{name}": data for id, (first, names) in submitted.items()
             for at, (name, data) in enumerate(names.items())}  # fmt: skip
    return zip_of(put(into, files), into.with_suffix(".zip"))


def zipped(files: Files, number: str = "") -> dict[str, bytes]:
    """One zip, as a student uploads it."""
    return {f"hw{number}.zip": packed(files)}


def loose(files: Files, *names: str, number: str = "") -> dict[str, bytes]:
    """Some modules, uploaded one by one."""
    return {f"{name}{number}.py": files[f"hw/{name}.py"] for name in names}


LAYOUTS = (lms_downloads.canvas, lms_downloads.moodle, lms_downloads.plain)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("at_once", [True, False], ids=["one command", "two runs"])
def test_a_zip_of_late_comers_adds_to_the_class(grading: Grading, layout: lms_downloads.Builder, at_once: bool) -> None:
    """Before, everybody else was un-graded by it; who is in the roster and in neither is missing."""
    due = {str(70_001 + number): number % len(WORK) for number in range(12)}
    first, late = (
        layout({id: grading.work(kind) for id, kind in list(due.items())[part]}, grading.home / f"in-{part.start}")
        for part in (slice(0, 9), slice(9, 12))
    )
    (grading.home / "roster.csv").write_text("\n".join(["id", *due, "99999"]))
    if at_once:
        plan = grading.run(first, late, roster=grading.home / "roster.csv")
        assert plan.kept == ()
    else:
        grading.run(first, roster=grading.home / "roster.csv")
        plan = grading.run(late)
        assert plan.kept == tuple(list(due)[:9])
    assert grading.points() == {id: WORK[kind][1] for id, kind in due.items()} | {"99999": "NOT_HANDED_IN"}
    assert plan.download.missing == (Person("99999"),)


def test_only_drop_leaves_the_earlier_downloads_out(grading: Grading) -> None:
    """What is asked for is graded; their reports stay where they are."""
    first = lms_downloads.plain({"1": grading.work(0), "2": grading.work(1)}, grading.home / "first")
    late = lms_downloads.plain({"3": grading.work(3)}, grading.home / "late")
    grading.run(first)
    grading.run(late)
    assert grading.points() == {"1": "6", "2": "1", "3": "5"}
    assert grading.run(late, drop=True).kept == ()
    assert grading.points() == {"3": "5"}
    assert (grading.out / "students/1/report.json").is_file()


def test_what_a_download_no_longer_has_is_kept(grading: Grading) -> None:
    """Also where another one was put into its place."""
    source = lms_downloads.plain({"1": grading.work(0), "2": grading.work(1)}, grading.home / "in")
    grading.run(source)
    (source / "1").rename(grading.home / "elsewhere")
    assert grading.run(source).kept == ("1",)
    assert grading.points() == {"1": "6", "2": "1"}


def test_a_later_run_replaces_by_student(grading: Grading) -> None:
    """Where the platform does not say which is newer, what is given last counts, and is told."""
    first = lms_downloads.moodle({"1": grading.work(1), "2": grading.work(1)}, grading.home / "first")
    later = lms_downloads.moodle({"1": grading.work(0)}, grading.home / "later")
    assert grading.run(first).replaced == ()
    plan = grading.run(later)
    assert (plan.replaced, plan.kept) == (("1",), ("2",))
    assert grading.points() == {"1": "6", "2": "1"}
    assert grading.run(later).replaced == ()
    assert grading.run(first).replaced == ("1",)
    assert grading.points() == {"1": "1", "2": "1"}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_submissions_in_one_command_the_newer_counts(grading: Grading, order: int) -> None:
    """By Canvas's numbers, not by the order in which the zips are named; with a note."""
    old = canvas(grading.home / "old", {"7": (9001, zipped(grading.work(1))), "8": (9002, zipped(grading.work(1)))})
    new = canvas(grading.home / "new", {"7": (9100, zipped(grading.work(0), "-1"))})
    plan = grading.run(*(old, new)[::order])
    assert grading.points() == {"7": "6", "8": "1"}
    assert plan.download.quarantined == ()
    assert grading.notes("7") == "submitted again: `lovelaceada_7_9001_hw.zip` in old.zip is older"


def test_an_older_download_given_again_takes_nothing_back(grading: Grading) -> None:
    """The same command as in the first round, after the second: the newer submission stays, and that is told."""
    old = canvas(grading.home / "old", {"7": (9001, zipped(grading.work(1))), "8": (9002, zipped(grading.work(1)))})
    new = canvas(grading.home / "new", {"7": (9100, zipped(grading.work(0), "-1"))})
    for source in (old, new):
        grading.run(source)
    plan = grading.run(old)
    assert grading.points() == {"7": "6", "8": "1"}
    assert plan.kept == ("7",)
    assert plan.download.oddities == (
        "7: `lovelaceada_7_9001_hw.zip` is older than what an earlier download had, which is kept",
    )


@pytest.mark.parametrize("layout", [lms_downloads.moodle, lms_downloads.plain, lms_downloads.canvas])
def test_downloads_that_overlap_have_the_same_submission_twice(grading: Grading, layout: lms_downloads.Builder) -> None:
    """It counts once; two that differ, and of which nobody knows which is newer, are nobody's grade."""
    class_ = {"1": grading.work(0), "2": grading.work(1)}
    first = layout(class_, grading.home / "first")
    second = layout({**class_, "3": grading.work(3)}, grading.home / "second")
    assert grading.run(first, zip_of(second, grading.home / "second.zip")).download.quarantined == ()
    assert grading.points() == {"1": "6", "2": "1", "3": "5"}
    if layout is not lms_downloads.canvas:
        other = layout({**class_, "2": grading.work(3)}, grading.home / "other")
        plan = grading.run(first, other, drop=True)
        assert grading.points() == {"1": "6", "2": "QUARANTINED"}
        assert {each.claimed for each in plan.download.quarantined} == {("2",)}
        assert all(
            "in first and" in each.reason and "in other; keep" in each.reason for each in plan.download.quarantined
        )


@pytest.mark.parametrize("runs", [1, 2], ids=["one command", "two runs"])
def test_one_loose_file_submitted_again_replaces_that_file_only(grading: Grading, runs: int) -> None:
    """Canvas then gives that file alone; before, the student had lost the rest."""
    wrong, right = grading.work(1), grading.work(0)
    old = canvas(grading.home / "old", {"7": (9001, loose(wrong, "maths", "words")), "8": (9003, zipped(wrong))})
    new = canvas(grading.home / "new", {"7": (9100, loose(right, "maths", number="-1"))})
    for sources in [(old, new)] if runs == 1 else [(old,), (new,), (new,)]:  # the last is a rerun
        grading.run(*sources)
        assert grading.points() == {"7": "6" if new in sources else "1", "8": "1"}
    assert "only `maths-1.py` submitted again; the rest is from old.zip" in grading.notes("7")
    assert "`maths.py` was submitted 2 times; the last is used, number 9100" in grading.notes("7")
    grading.run(old)
    assert grading.points() == {"7": "6", "8": "1"}


def test_a_part_whose_rest_is_gone_is_nobodys_zero(grading: Grading) -> None:
    """The download with the other files was deleted; put back, all is well. A part of a zip is for a person."""
    wrong, right = grading.work(1), grading.work(0)
    old = canvas(grading.home / "old", {"7": (9001, loose(wrong, "maths", "words")), "8": (9003, zipped(wrong))})
    part = loose(right, "maths", number="-1")
    new = canvas(grading.home / "new", {"7": (9100, part), "8": (9101, part)})
    grading.run(old)
    aside = old.rename(old.with_suffix(".bak"))
    grading.run(new)
    assert grading.points() == {"7": "QUARANTINED", "8": "QUARANTINED"}
    assert "the rest is in" in grading.notes("lovelaceada_7_9100_maths-1.py")
    aside.rename(old)
    grading.run(new)
    assert grading.points() == {"7": "6", "8": "QUARANTINED"}
    assert "put them together by hand" in grading.notes("lovelaceada_8_9101_maths-1.py")
    grading.run(canvas(grading.home / "whole", {"8": (9200, zipped(right, "-1"))}))
    assert grading.points() == {"7": "6", "8": "6"}


@pytest.mark.parametrize(
    ("again", "points"),
    [
        ({"maths.py": 1, "maths-1.py": 0, "words.py": 0}, "6"),
        ({"maths-1.py": 1, "maths-2.py": 0, "words.py": 0}, "6"),
        ({"maths-2.py": 0, "maths-1.py": 1, "words.py": 0}, "1"),
    ],
)
def test_of_files_that_canvas_numbered_the_last_counts(grading: Grading, again: Mapping[str, int], points: str) -> None:
    """By the attachments' numbers; not the first, and not the one with the right name."""
    files = {name: grading.work(kind)[f"hw/{name.split('.')[0].split('-')[0]}.py"] for name, kind in again.items()}
    grading.run(canvas(grading.home / "in", {"7": (9001, files)}))
    assert grading.points() == {"7": points}
    zips = {"hw.zip": packed(grading.work(1)), "hw-1.zip": packed(grading.work(0))}
    grading.run(canvas(grading.home / "zips", {"7": (9100, zips)}))
    assert grading.points() == {"7": "6"}


@pytest.mark.parametrize("runs", [1, 2], ids=["one command", "two runs"])
def test_a_member_who_submits_alone_leaves_the_group_its_grade(grading: Grading, runs: int) -> None:
    """By student: the other members keep what they had."""
    (grading.home / "groups.csv").write_text("group,id\nLovelace Ada,7\nLovelace Ada,8\n")
    old = canvas(grading.home / "old", {"7": (9001, zipped(grading.work(1)))})
    new = canvas(grading.home / "new", {"8": (9100, zipped(grading.work(0)))})
    new = zip_of(put(grading.home / "own", {"turingalan_8_9100_hw.zip": packed(grading.work(0))}), new)
    (grading.home / "roster.csv").write_text("id,name\n7,Ada Lovelace\n8,Alan Turing\n")
    asked = {"groups": grading.home / "groups.csv", "roster": grading.home / "roster.csv"}
    for sources in [(old, new)] if runs == 1 else [(old,), (new,)]:
        grading.run(*sources, **asked)
    assert grading.points() == {"7": "1", "8": "6"}


def test_what_was_quarantined_is_graded_when_it_is_in_order(grading: Grading) -> None:
    """Under the same name or for the same student; what is neither stays, until --drop."""
    source = put(grading.home / "in", {"a b/hw/maths.py": b"", "two/hw/maths.py": b"", "two.zip": b""})
    first = grading.run(source)
    assert set(grading.points().values()) == {"QUARANTINED"}
    (source / "two.zip").unlink()
    put(source, {f"two/{path}": data for path, data in grading.work(0).items()})
    (source / "a b").rename(source / "ab")
    plan = grading.run(source)
    assert first.kept == () and plan.kept == ("a b",)
    assert grading.points() == {"ab": "0", "two": "6", "a b": "QUARANTINED"}
    grading.run(source, drop=True)
    assert grading.points() == {"ab": "0", "two": "6"}


def test_a_team_listed_later_is_graded_in_the_same_results(grading: Grading) -> None:
    """First nobody's, then each member's; the quarantine of the first run is over."""
    source = lms_downloads.moodle_teams({"Team 1": grading.work(0)}, grading.home / "in")
    people, teams = "id,name\n5001,Ada Lovelace\n2,Bob Smith\n3,Cy Young\n", "group,id\nTeam 1,2\nTeam 1,3\n"
    roster, groups = put_texts(grading.home, roster=people, groups=teams)
    grading.run(source, roster=roster)
    assert grading.points() == {"2": "NOT_HANDED_IN", "3": "NOT_HANDED_IN", "5001": "QUARANTINED"}
    plan = grading.run(source, groups=groups)
    assert grading.points() == {"2": "6", "3": "6", "5001": "NOT_HANDED_IN"}
    assert plan.kept == ()
    assert grading.run(source).remembered == ("roster", "groups")


def test_the_grade_of_a_team_does_not_stay_with_a_person(grading: Grading) -> None:
    """Without a roster the number had to be taken for a participant's; that grade does not stay beside the team's."""
    source = lms_downloads.moodle_teams({"Team 1": grading.work(0), "Team 2": grading.work(1)}, grading.home / "in")
    roster, groups = put_texts(
        grading.home,
        roster="id,name\n5001,Ada Lovelace\n5002,\n2,Bob Smith\n3,Cy Young\n",
        groups="group,id\nTeam 1,2\nTeam 1,3\nTeam 2,5002\n",
    )
    grading.run(source)
    assert grading.points() == {"5001": "6", "5002": "1"}
    grading.run(source, roster=roster)
    none = dict.fromkeys(("2", "3"), "NOT_HANDED_IN")
    assert grading.points() == {"5001": "QUARANTINED", "5002": "1", **none}
    plan = grading.run(zip_of(source, grading.home / "again.zip"), groups=groups)
    assert grading.points() == {"2": "6", "3": "6", "5001": "NOT_HANDED_IN", "5002": "1"}
    assert plan.kept == ()


def test_only_some_of_a_later_download_are_taken(grading: Grading) -> None:
    """The class has the earlier submission of the others until they are graded."""
    first = lms_downloads.moodle({"1": grading.work(1), "2": grading.work(1)}, grading.home / "first")
    later = lms_downloads.moodle({id: grading.work(0) for id in ("1", "2", "3")}, grading.home / "later")
    grading.run(first)
    grading.run(later, only=["1"])
    assert grading.points() == {"1": "6", "2": "1", "3": "NOT_GRADED_YET"}
    plan = grading.run(later)
    assert plan.replaced == ("2",)
    assert grading.points() == {"1": "6", "2": "6", "3": "6"}


def test_a_class_that_changed_since_it_was_planned_is_not_written_over(grading: Grading, tiny: Course) -> None:
    """Two commands began at once: the one that comes second would forget what the first has added."""
    first = lms_downloads.plain({"1": grading.work(0)}, grading.home / "first")
    late = lms_downloads.plain({"2": grading.work(0)}, grading.home / "late")
    stale = plan_class(tiny.context.assignment.folder, [late], grading.out, Asked())
    grading.run(first)
    with pytest.raises(UsageError, match="another run has changed the class meanwhile"):
        grading.carry_out(stale)
    assert grading.points() == {"1": "6"}


def test_an_assignment_of_another_name_is_still_refused(grading: Grading) -> None:
    """Nothing is added to it."""
    source = lms_downloads.plain({"1": grading.work(0)}, grading.home / "in")
    grading.run(source)
    text = (grading.out / "class.json").read_text()
    (grading.out / "class.json").write_text(text.replace('"assignment": "tiny"', '"assignment": "other"'))
    with pytest.raises(UsageError, match="has the results of other"):
        grading.run(source)


CANVAS_HEADER = "Student,ID,SIS User ID,SIS Login ID,Section,HW 2 (77)\n    Points Possible,,,,,6\n"
MOODLE_HEADER = "Identifier,Full name,Email address,Status,Group,Grade,Maximum Grade,Last modified (grade)\n"


@pytest.mark.long
@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_four_hundred_students_in_two_rounds_get_what_is_due(grading: Grading, platform: str) -> None:
    """160 groups whose numbers are also participants'; late-comers, parts submitted again, a kill in each round."""
    ids = [str(5001 + number) for number in range(400)]
    names = {id: f"Person{number:03} Family{number:03}" for number, id in enumerate(ids)}
    rounds: list[dict[str, bytes]] = [{}, {}]
    due: dict[str, str] = {}  # worked out here, from what was submitted last
    table = ["group,id"]
    for at in range(160):
        group, members, kinds = f"Team {at:03}", ids[at::160], (KINDS[at % 4], KINDS[at // 4 % 4])
        table += [f"{group},{id}" for id in members]
        turns = [turn for turn, comes in enumerate((at % 4 != 3, at % 4 in (1, 3))) if comes]
        for turn in turns:
            files = grading.work(kinds[turn])
            part = loose(files, "maths", number="-1") if turns[0] < turn else loose(files, "maths", "words")
            for number, (name, data) in enumerate(part.items()):
                place = f"team{at:03}_{members[0]}_{10_000 * (turn + 1) + 10 * at + number}_{name}"
                rounds[turn] |= {place: data} if platform == "canvas" else {}
            prefix = f"{group}_{5001 + at}_assignsubmission_file"
            rounds[turn] |= {f"{prefix}/{path}": data for path, data in files.items()} if platform == "moodle" else {}
        due |= dict.fromkeys(members, WORK[kinds[turns[-1]]][1])
    sheet, groups = put_texts(grading.home, sheet=SHEETS[platform](names), groups="\n".join(table))
    moments = random.Random(platform)
    for turn, submitted in enumerate(rounds):
        folder = put(grading.home / f"round{turn}", submitted)
        run = partial(grading.run, zip_of(folder, folder.with_suffix(".zip")), roster=sheet, groups=groups)
        comes = [at for at in range(16) if (at % 4 != 3, at % 4 in (1, 3))[turn]]
        run(only=[ids[at] for at in comes])  # one of each kind, so that all is recorded
        killed(run, grading.out, at=moments.randrange(200, 800))
        plan = run()
    assert (len(plan.kept), len(plan.entries), plan.download.quarantined) == (80, 80, ())
    book = settle(grading.out)[0]
    filled = fill_canvas(book, sheet) if platform == "canvas" else fill_moodle(book, sheet)
    assert (filled.other_name, filled.not_in_file, filled.not_in_results) == ((), (), ())
    rows = list(csv.reader(filled.content.decode().splitlines()))[-400:]
    found = {row[1] if platform == "canvas" else row[0].split()[1]: row[5] for row in rows}
    assert found == due and len(filled.filled) == 400


KINDS = (0, 1, 2, 4)  # of the work that leaves `words.py` as it is
SHEETS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "canvas": lambda names: (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW 2 (77)\n    Points Possible,,,,,6\n"
        + "".join(f'"{", ".join(reversed(name.split()))}",{id},,,S,\n' for id, name in names.items())
    ),
    "moodle": lambda names: (
        "Identifier,Full name,Email address,Status,Group,Grade,Maximum Grade,Last modified (grade)\n"
        + "".join(f"Participant {id},{name},,,,,6.00,-\n" for id, name in names.items())
    ),
}


def put_texts(folder: Path, **texts: str) -> list[Path]:
    """CSV files of these names."""
    paths = [folder / f"{name}.csv" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    return paths
