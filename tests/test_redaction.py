"""What students are shown without their own texts: nothing that code of theirs can have chosen the words of."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import pytest
from sample_reports import HOSTILE, report, verdict
from test_html import assert_inert

from grader.core.trace import Line
from grader.core.verdict import Outcome, Verdict
from grader.exports.gradescope import results_json
from grader.pages.html import student_page
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.redaction import for_student
from grader.results.report import Answer, Figure, Illustrations, Report

THEIRS = "a word of theirs"
ANSWER = Answer("why", "Why", "Why?", ((2, "A reason."),), THEIRS)
NOT_SUBMITTED = replace(ANSWER, id="how", title="How", text=None)
SAYING: dict[str, Any] = {
    "evidence": (THEIRS,), "log": THEIRS, "place": f"hw/{THEIRS}.py", "missing_module": THEIRS, "seconds": 7.31,
    "cause": THEIRS, "trace": (Line(f"hw/{THEIRS}.py:1", THEIRS, THEIRS),),
}  # fmt: skip
GRADED = report(
    verdict("ran", **SAYING),
    verdict("differs", Outcome.WRONG_ANSWER, message="`x` differs", next_step="Look at it.", ours=True, **SAYING),
    verdict("raises", Outcome.RUNTIME_ERROR, message=THEIRS, next_step=THEIRS, **SAYING),
    verdict("cases", Outcome.TIME_LIMIT, case="large", message="stopped after 2 s", ours=True, **SAYING),
    notes=(THEIRS,),
    answers=(ANSWER, NOT_SUBMITTED),
)
SHOWN = Illustrations({"why": f"<p>{THEIRS}</p>"}, (Figure(3, "QUJD"),), lost=1)


def test_a_page_without_student_text_has_none() -> None:
    """Outcomes, points and our own sentences stay; staff's report has everything."""
    whole, source = student_page(GRADED, SHOWN), student_page(GRADED, SHOWN, student_text=False)
    page = assert_inert(source)
    for words in (THEIRS, "QUJD", "Figures saved", "could not be shown", "7.31", "hw/"):
        assert words in whole and words not in source, words
    for words in (
        "x differs", "Look at it.", "stopped after 2 s", "runtime error", "2 of 2", "The claim of raises.", "Why?",
        "An answer was submitted.", "No answer was submitted.", "grader check",
    ):  # fmt: skip
        assert words in page.text, words
    assert "is not shown here" not in whole


def test_a_quarantined_submissions_page_without_student_text_does_not_say_why() -> None:
    """The reason may name a file."""
    source = student_page(report(reason=f"{THEIRS}.py is a link"), student_text=False)
    assert THEIRS not in source and "it was not safe to open" in source


@pytest.mark.parametrize("of", [GRADED, report(reason=THEIRS)], ids=["graded", "quarantined"])
def test_gradescopes_results_without_student_text_have_none(of: Report) -> None:
    """In no field."""
    (row,) = build([Graded.of(of)]).rows
    assert THEIRS in results_json(of, row).decode()
    bare = results_json(of, row, student_text=False).decode()
    assert THEIRS not in bare and "hw/" not in bare
    if not of.reason:
        assert [test["output"].splitlines()[1:] for test in json.loads(bare)["tests"]] == [
            ["passed"], ["wrong answer: `x` differs", "Look at it."], ["runtime error"],
            ["time limit (large): stopped after 2 s"],
        ]  # fmt: skip


def test_what_is_kept_of_a_verdict_is_listed() -> None:
    """A field that is new is not shown before somebody has decided that it may be."""
    everything: dict[str, Any] = {each.name: THEIRS for each in fields(Verdict)}
    numbers = {"outcome": Outcome.TIME_LIMIT, "points": Fraction(), "max_points": Fraction(1), "hidden": False}
    for ours, kept in ((False, {"check", "case", "claim"}), (True, {"check", "case", "claim", "message", "next_step"})):
        bare = for_student(report(Verdict(**everything | numbers | {"ours": ours})), student_text=False).verdicts[0]
        assert {each.name for each in fields(Verdict) if THEIRS in str(getattr(bare, each.name))} == kept


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_is_gone(text: str) -> None:
    """Of all that a student can have written, nothing is in the page, whatever it is."""
    told: dict[str, Any] = {"message": text, "next_step": text, "evidence": (text,), "log": text, "place": text}
    hostile = report(verdict("a", Outcome.RUNTIME_ERROR, **told), notes=(text,), answers=(replace(ANSWER, text=text),))
    plain = report(verdict("a", Outcome.RUNTIME_ERROR), answers=(ANSWER,))
    assert student_page(hostile, student_text=False) == student_page(plain, student_text=False)
