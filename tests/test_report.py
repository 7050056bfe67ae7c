"""A report survives being written and read, adds up exactly, and is on the disk whole or not at all."""

import gc
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment.manifest import Late
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.verdict import Outcome, Verdict
from grader.files.atomic import write_whole
from grader.results.folder import Class, read_class, save, save_class, settle
from grader.results.lateness import LateEntry, Source
from grader.results.marks import InShort
from grader.results.report import Answer, Illustrations, Report, State, from_json, shown, to_json
from grader.results.stored import Unreadable

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
POINTS = st.fractions(0, 100)
VERDICTS = st.builds(
    Verdict, TEXT, st.none() | TEXT, TEXT, st.sampled_from(Outcome), POINTS, POINTS, st.booleans(),
    st.floats(0, 1e6), TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple), TEXT, TEXT, TEXT,
)  # fmt: skip
RUBRICS = st.lists(st.tuples(st.integers(0, 9), TEXT), max_size=2).map(tuple)
ANSWERS = st.builds(Answer, TEXT, TEXT, TEXT, RUBRICS, st.none() | TEXT)
REPORTS = st.builds(
    Report, TEXT, TEXT, TEXT, st.sampled_from(Level), TEXT, st.lists(VERDICTS, max_size=4).map(tuple),
    st.lists(ANSWERS, max_size=2).map(tuple), st.lists(TEXT, max_size=2).map(tuple), TEXT,
    st.dictionaries(TEXT, TEXT, max_size=2), submitted_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    submitted_at_by=st.sampled_from(Source),
)  # fmt: skip


def verdict(outcome: Outcome, points: Fraction = Fraction(), most: Fraction = Fraction(1)) -> Verdict:
    """A verdict of this outcome."""
    return Verdict("one", None, "One.", outcome, points, most, False, 0.0)


def report(*outcomes: Outcome, reason: str = "") -> Report:
    """A report with these outcomes."""
    return Report("ada", "a", "A", Level.ISOLATED, "cpu", tuple(map(verdict, outcomes)), reason=reason)


@settings(deadline=None, max_examples=150)
@given(REPORTS)
def test_a_report_comes_back_from_its_json(report: Report) -> None:
    """Equal in every field, fractions and outcomes included, and the same bytes again."""
    back = from_json(to_json(report))
    assert back == report
    assert all(type(each.points) is Fraction and type(each.outcome) is Outcome for each in back.verdicts)
    assert to_json(back) == to_json(report)


def test_when_it_was_submitted_is_called_in_files_as_in_the_teachers_list(tmp_path: Path) -> None:
    """In the report, the class and the gradebook; read back it is the same moment."""
    moment = datetime(2026, 11, 30, tzinfo=UTC)
    one = replace(report(), submitted_at=moment, submitted_at_by=Source.FILES)
    assert json.loads(to_json(one))["handed_in"] == "2026-11-30T00:00:00Z"
    assert json.loads(to_json(one))["handed_in_by"] == "the files' times"
    late = {"ada": LateEntry(submitted_at=moment)}
    policy = Late(deadline=moment - timedelta(days=1), percent_per_day=10)
    graded = Class("a", "A", ("ada",), policy=policy, late=late)
    save_class(tmp_path, graded)
    assert json.loads((tmp_path / "class.json").read_bytes())["late"]["ada"]["handed_in"] == "2026-11-30T00:00:00Z"
    assert read_class(tmp_path) == graded
    save(tmp_path, one, Illustrations())
    (again,) = settle(tmp_path)[0].rows
    (row,) = json.loads((tmp_path / "gradebook.json").read_bytes())["rows"]
    assert row["late"]["handed_in"] == "2026-11-30T00:00:00Z"
    assert again.late is not None
    assert (again.late.submitted_at, again.late.source) == (moment, Source.LIST)


def test_what_reports_have_in_common_is_in_memory_once() -> None:
    """Thirty verdicts and their marks take 6 KiB where each submission has its own; many thousands are graded."""

    def one(number: int) -> bytes:
        verdicts = tuple(
            replace(
                verdict(Outcome.PASSED, Fraction(1, 3)), check=f"check_{check}", seconds=number / 1e6, log="a" * 500
            )
            for check in range(30)
        )
        keys = {each.check: f"version.{number}" for each in verdicts}
        return to_json(replace(report(), submission_id=f"s{number}", verdicts=verdicts, keys=keys))

    written = [one(number) for number in range(200)]
    kept = [InShort.of(from_json(written[0]))]  # with what is made once
    tracemalloc.start()
    try:
        kept += [InShort.of(from_json(each)) for each in written[1:]]
        gc.collect()
        each = tracemalloc.get_traced_memory()[0] / len(kept)
    finally:
        tracemalloc.stop()
    assert each < 3000
    assert {each.marks.checks["check_29"].points for each in kept} == {Fraction(1, 3)}


def test_points_are_written_as_exact_fractions() -> None:
    """A third is not a decimal."""
    third = verdict(Outcome.PASSED, Fraction(1, 3))
    assert b'"points": "1/3"' in to_json(Report("ada", "a", "A", Level.ISOLATED, "cpu", (third,)))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"submission": "ada"}', to_json(report(Outcome.PASSED))[:-9]])
def test_what_is_not_a_report_is_refused(data: bytes) -> None:
    """A file cut short is not half a grade."""
    with pytest.raises(Unreadable):
        from_json(data)


def test_an_unknown_outcome_is_refused() -> None:
    """There is no eleventh."""
    data = to_json(report(Outcome.TIME_LIMIT)).replace(b"TIME_LIMIT", b"EXCELLENT")
    with pytest.raises(Unreadable):
        from_json(data)


def test_thirds_add_up_to_a_whole() -> None:
    """Points are rounded only when shown."""
    thirds = tuple(verdict(Outcome.PASSED, Fraction(1, 3), Fraction(1, 3)) for _ in range(3))
    total = Report("ada", "a", "A", Level.ISOLATED, "cpu", thirds)
    assert (total.points, total.max_points) == (1, 1)
    assert report().points == report().max_points == 0


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_our_own_error_leaves_a_report_unfinished(outcome: Outcome) -> None:
    """A student's fault is a grade."""
    wanted = State.UNFINISHED if outcome is Outcome.GRADER_ERROR else State.GRADED
    assert report(Outcome.PASSED, outcome).state is wanted
    assert report(outcome, reason="two copies").state is State.QUARANTINED


@pytest.mark.parametrize(
    ("points", "text"),
    [("0", "0"), ("10", "10"), ("100", "100"), ("1/2", "0.5"), ("4/3", "1.33"), ("5/3", "1.67"), ("299/100", "2.99")],
)
def test_points_are_shown_with_at_most_two_decimals(points: str, text: str) -> None:
    """And without zeros at the end."""
    assert shown(Fraction(points)) == text


def test_a_file_is_written_with_its_folder_and_replaces_the_old_one(tmp_path: Path) -> None:
    """Nothing else is left there."""
    path = tmp_path / "a/b/report.json"
    for content in (b"one", b"", b"three"):
        write_whole(path, content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_no_part_of_the_new(tmp_path: Path) -> None:
    """Whether it fails while writing or at the end."""
    path = tmp_path / "report.json"
    write_whole(path, b"old")
    with pytest.raises(TypeError):
        write_whole(path, "text")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"folder: it is a folder; name a file to write$"):
        write_whole(tmp_path / "folder", b"new")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "report.json"]
