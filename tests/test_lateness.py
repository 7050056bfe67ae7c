"""Lateness takes exactly what `[late]` says, from whichever source knows best, and from nobody by mistake."""

import os
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.manifest import Late, read_manifest
from grader.core.errors import AuthorError, UsageError
from grader.files.tree import newest_file_time
from grader.results.lateness import LateEntry, Source, lateness, read_late

DEADLINE = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
POLICY = Late(deadline=DEADLINE, grace_minutes=15, percent_per_day=10, cap_percent=50, cutoff_days=7)
HOUR = timedelta(hours=1)
MANIFEST = """
title = "A"
form = "package"
package = "hw"
files = ["a.py"]
[late]
"""


def days(after: timedelta, *, policy: Late = POLICY, entry: LateEntry | None = None) -> int:
    """Days late of what came so long after the deadline."""
    found = lateness(policy, DEADLINE + after, entry)
    assert found is not None
    return found.days


def late_table(tmp_path: Path, text: str) -> Path:
    """A teacher's list."""
    path = tmp_path / "late.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (-HOUR, 0),
        (timedelta(), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=15, microseconds=1), 1),
        (timedelta(days=1, minutes=15), 1),
        (timedelta(days=1, minutes=15, microseconds=1), 2),
        (timedelta(days=400), 400),
    ],
)
def test_a_day_counts_once_it_has_begun_after_the_grace(after: timedelta, expected: int) -> None:
    """To the microsecond, and the last moment still belongs to the day before."""
    assert days(after) == expected


def test_no_date_is_too_far() -> None:
    """A deadline at the end of all time, and a submission at its beginning."""
    never = Late(deadline=datetime.max.replace(tzinfo=UTC), grace_minutes=525_600, percent_per_day=10)
    assert days(timedelta(), policy=never, entry=LateEntry(extension=Fraction(1000))) == 0
    first = lateness(POLICY, datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
    assert first is not None and first.days == 0


def test_a_time_zone_moves_nothing() -> None:
    """The same moment in another zone is as late."""
    moment = datetime.fromisoformat("2026-12-01T10:00:00+11:00")  # 00:01 after the deadline, in Sydney
    assert lateness(POLICY, moment) == lateness(POLICY, moment.astimezone(UTC))
    assert days(moment - DEADLINE) == 0


@pytest.mark.parametrize(("late", "percent"), [(0, 0), (1, 10), (4, 40), (5, 50), (7, 50), (8, 100)])
def test_percent_grows_to_the_cap_and_all_is_taken_after_the_cut_off(late: int, percent: int) -> None:
    """The cap holds until the cut-off; after it nothing is left, and the sentence says so."""
    found = lateness(POLICY, None, LateEntry(days=Fraction(late)))
    assert found is not None
    assert (found.percent, found.cut_off) == (percent, late > 7)
    assert found.taken(Fraction(30)) == Fraction(30) * percent / 100
    assert ("no points" in found.sentence) == (late > 7)
    assert bool(found.sentence) == bool(late)


def test_percents_are_the_decimal_numbers_that_were_written() -> None:
    """0.1 percent is a thousandth, not the binary number next to it; a third stays a third."""
    policy = Late(deadline=DEADLINE, percent_per_day=0.1)
    found = lateness(policy, DEADLINE + HOUR)
    assert found is not None
    assert found.percent == Fraction(1, 10)
    assert found.taken(Fraction(1, 3)) == Fraction(1, 3000)


@given(st.fractions(0, 100), st.integers(0, 30))
def test_what_is_taken_is_between_nothing_and_everything(earned: Fraction, late: int) -> None:
    """Never below zero points, never a gift, and never less for a later day."""
    today, tomorrow = (lateness(POLICY, None, LateEntry(days=Fraction(each))) for each in (late, late + 1))
    assert today and tomorrow
    assert 0 <= today.taken(earned) <= tomorrow.taken(earned) <= earned


def test_an_extension_moves_the_deadline_of_one_student() -> None:
    """Days given by hand are reduced by it as well, and never below zero."""
    week = LateEntry(extension=Fraction(7))
    assert days(timedelta(days=7, minutes=15), entry=week) == 0
    assert days(timedelta(days=7, minutes=16), entry=week) == 1
    assert days(HOUR, entry=LateEntry(days=Fraction(3), extension=Fraction("1.5"))) == 2
    assert days(HOUR, entry=LateEntry(days=Fraction(3), extension=Fraction(7))) == 0


def test_the_teachers_list_counts_before_the_platforms_time() -> None:
    """And the source is said; an extension alone leaves the time as it was."""
    entry = LateEntry(submitted_at=DEADLINE + 2 * timedelta(days=1))
    found = lateness(POLICY, DEADLINE, entry)
    assert found is not None and (found.days, found.source) == (2, Source.LIST)
    found = lateness(POLICY, DEADLINE + HOUR, LateEntry(extension=Fraction(1)), source=Source.FILES)
    assert found is not None and (found.days, found.source) == (0, Source.FILES)


def test_nobody_knows_is_not_in_time() -> None:
    """Without any time there is no lateness to tell, not one of zero days."""
    assert lateness(POLICY, None) is None
    assert lateness(POLICY, None, LateEntry(extension=Fraction(3))) is None


def test_a_policy_is_read_from_the_assignment(tmp_path: Path) -> None:
    """With its zone, and defaults for what is left out."""
    text = "deadline = 2026-11-30T23:59:00+01:00\npercent_per_day = 12.5\n"
    (tmp_path / "assignment.toml").write_text(MANIFEST + text)
    late = read_manifest(tmp_path).late
    assert late is not None
    assert late.deadline == DEADLINE
    assert (late.grace_minutes, late.percent_per_day, late.cap_percent, late.cutoff_days) == (0, 12.5, 100, None)
    (tmp_path / "assignment.toml").write_text(MANIFEST.replace("[late]", ""))
    assert read_manifest(tmp_path).late is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "deadline = 2026-11-30T23:59:00\npercent_per_day = 5",
            "no time zone; write for example 2026-11-30T23:59:00+01:00",
        ),
        ("deadline = 2026-11-30\npercent_per_day = 5", "late.deadline"),
        ('deadline = "2026-11-30T23:59:00+01:00"\npercent_per_day = 5', "late.deadline"),
        ("deadline = 2026-11-30T23:59:00Z", "late.percent_per_day"),
        ("deadline = 2026-11-30T23:59:00Z\npercent_per_day = 101", "late.percent_per_day"),
        ("deadline = 2026-11-30T23:59:00Z\npercent_per_day = nan", "late.percent_per_day"),
        ("deadline = 2026-11-30T23:59:00Z\npercent_per_day = -1", "late.percent_per_day"),
        ("deadline = 2026-11-30T23:59:00Z\npercent_per_day = 5\ngrace_minutes = -1", "late.grace_minutes"),
        ("deadline = 2026-11-30T23:59:00Z\npercent_per_day = 5\ngrace_minutes = 9999999", "late.grace_minutes"),
        ("deadline = 2026-11-30T23:59:00Z\npercent_per_day = 5\npercents = 1", "late.percents"),
    ],
)
def test_a_wrong_policy_is_the_authors_error(tmp_path: Path, text: str, said: str) -> None:
    """A deadline without a zone above all: it would be another moment on another machine."""
    (tmp_path / "assignment.toml").write_text(MANIFEST + text)
    with pytest.raises(AuthorError) as caught:
        read_manifest(tmp_path)
    assert said in str(caught.value)


def test_the_teachers_list_is_read(tmp_path: Path) -> None:
    """Ids stay text, blanks say nothing, and a file from a spreadsheet of another country is as good."""
    words = read_late(
        late_table(tmp_path, "ID,days,handed_in,extension_days\n007,2,,\nada,,2026-12-01T00:00:00Z,1.5\n")
    )
    assert words == {
        "007": LateEntry(days=Fraction(2)),
        "ada": LateEntry(submitted_at=datetime(2026, 12, 1, tzinfo=UTC), extension=Fraction(3, 2)),
    }
    assert read_late(late_table(tmp_path, "\ufeffextension_days;id\r\n1,5;007\r\n")) == {
        "007": LateEntry(extension=Fraction(3, 2))
    }


def test_every_problem_of_the_list_is_told_at_once(tmp_path: Path) -> None:
    """Each with its row, as the spreadsheet numbers them."""
    rows = [
        "id,days,handed_in",
        "a,-1,",
        "b,two,",
        "b,1,2026-12-01T00:00:00Z",
        ",1,",
        "c,,2026-12-01T00:00:00",
        "d,,soon",
    ]
    path = late_table(tmp_path, "\n".join([*rows, "e,1,", "e,1,", "f,9999,"]))
    with pytest.raises(UsageError) as caught:
        read_late(path)
    lines = [line.removeprefix(f"{path} ") for line in str(caught.value).splitlines()]
    assert [line.split(":")[0] for line in lines] == [f"row {n}" for n in (2, 3, 4, 5, 6, 7, 9, 10)]
    assert "no time zone" in lines[4] and "both days and handed_in" in lines[2] and "keep one row" in lines[6]


@pytest.mark.parametrize(
    ("text", "said"), [("", "empty"), ("name,days\na,1\n", "no column id"), ("id,day\na,1\n", "no column days"),
                       ("id,days,days\na,1,1\n", "two columns days"), ('id,days\n"a,1\n', "not a CSV"),
                       ("id,days\na,1,2,3\n", "row 2: more cells")]
)  # fmt: skip
def test_a_file_that_is_no_such_list_is_told_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    """Where, what, and what to do."""
    with pytest.raises(UsageError, match=said):
        read_late(late_table(tmp_path, text))
    (tmp_path / "late.csv").write_bytes(b"id,days\nJos\xe9,1\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_late(tmp_path / "late.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_late(tmp_path / "absent.csv")


def test_the_newest_file_tells_when_nobody_else_does(tmp_path: Path) -> None:
    """Links are not followed: a student could point one at anything."""
    assert newest_file_time(tmp_path) is None
    (tmp_path / "hw").mkdir()
    for name, moment in (("hw/a.py", 1_000), ("b.py", 2_000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))
    (tmp_path / "hw" / "link").symlink_to("/proc/self/status")
    assert newest_file_time(tmp_path) == datetime.fromtimestamp(2_000, UTC)
