"""A session: its two halves, and what of them is run."""

from __future__ import annotations

from dataclasses import replace

from tiny_course import Course

from grader.core.submission import Submission
from grader.grading.grade import RerunRule, grade
from grader.grading.session import Session
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox


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
    changed = tiny.submission(maths="x = 1\n")
    assert session.kept(changed, whole) is None
    for before, asked, runs in ((None, submission, True), (public, submission, False), (whole, submission, False),
                                (whole, changed, True),
                                (None, Submission("linked", problem="a link"), False)):  # fmt: skip
        assert session.runs_public(asked, before) is runs
    assert not session.runs_public(submission, whole, RerunRule(checks=["squares_of_a_matrix"]))
    assert session.runs_public(submission, whole, RerunRule(checks=["greets"]))
