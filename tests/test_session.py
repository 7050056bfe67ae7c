"""A session: what it refuses, and its two halves."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_course import Course

from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.grading.grade import grade
from grader.grading.session import Session
from grader.results.report import Report
from grader.sandbox.levels import refuse_shown
from grader.sandbox.sandbox import Sandbox


@pytest.mark.parametrize("level", [Level.ISOLATED, Level.RESTRICTED], ids=str)
@pytest.mark.parametrize("place", [Path("/usr/share"), Path(sys.prefix) / "results", Path(sys.base_prefix)], ids=str)
def test_results_where_rooms_look_are_refused(level: Level, place: Path) -> None:
    """Below the system or the interpreter students could read them, also a folder that does not exist yet."""
    with pytest.raises(UsageError, match="every room shows"):
        refuse_shown(level, Path("/home"), place)


def test_elsewhere_is_fine(tmp_path: Path) -> None:
    """And where nothing is hidden anyway, nothing is refused."""
    refuse_shown(Level.ISOLATED, tmp_path)
    refuse_shown(Level.SEPARATE, Path(sys.prefix))


def timeless(report: Report) -> Report:
    """The report without what differs from run to run."""
    return replace(report, verdicts=tuple(replace(each, seconds=0.0) for each in report.verdicts))


def test_two_halves_are_the_whole_report(tiny: Course, best: Sandbox) -> None:
    """The public half has no hidden verdict; both together are what one run over all checks gives, keys included."""
    session, submission = Session(best, tiny.context), tiny.submission()
    public = session.public(submission)
    assert {verdict.hidden for verdict in public.verdicts} == {False}
    whole = session.hidden(submission, public)
    assert {verdict.hidden for verdict in whole.verdicts} == {False, True}
    assert timeless(whole) == timeless(grade(tiny.context, submission, best))


def test_what_nothing_has_changed_for_is_kept(tiny: Course, best: Sandbox) -> None:
    """Of a whole report, not of half of one."""
    session, submission = Session(best, tiny.context), tiny.submission()
    public = session.public(submission)
    whole = session.hidden(submission, public)
    assert session.kept(submission, whole) == whole
    assert session.kept(submission, public) is None
    assert session.kept(tiny.submission(maths="x = 1\n"), whole) is None
