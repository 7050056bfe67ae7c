"""Reports built by hand, for the tests of their faces."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from grader.core.limits import Level
from grader.core.trace import Line
from grader.core.verdict import Outcome, Verdict
from grader.results.acts import Decision
from grader.results.marks import Question
from grader.results.report import Answer, Report

HOSTILE = (
    "<script>alert(1)</script>",
    "</style></pre><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" style="position:fixed',
    "{{7*7}} {% raw %}",
    "javascript:alert(1) https://evil.example/x.js",
    "\x1b[2J\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\u202egnp.exe\u2066\x00\x9b31m\ud800",
    "[bold green]PASSED[/] [/nothing] [link=https://evil.example]x[/link]",
    "`<b>` ` `</code>`",
    "A" * 1_000_000,
)


def verdict(check: str, outcome: Outcome = Outcome.PASSED, *, points: int = 2, **fields: Any) -> Verdict:
    """Full points where it is passed, none elsewhere."""
    given = {"case": None, "claim": f"The claim of {check}.", "hidden": False, "seconds": 0.25} | fields
    earned = Fraction(points if outcome is Outcome.PASSED else 0)
    return Verdict(check=check, outcome=outcome, points=earned, max_points=Fraction(points), **given)


def report(*verdicts: Verdict, **fields: Any) -> Report:
    """A submission in the isolated sandbox on the CPU."""
    given = {
        "submission_id": "ada",
        "assignment": "cnn",
        "title": "Convolutional networks",
        "level": Level.ISOLATED,
        "device": "cpu",
    }
    return Report(verdicts=verdicts, **(given | fields))


def scored(answer: Answer | Question, points: Fraction | None, comment: str = "") -> tuple[Decision, ...]:
    """All that people have decided on an answer: these points, by one of them."""
    text = Question.of(answer) if isinstance(answer, Answer) else answer
    when = datetime(2026, 11, 30, tzinfo=UTC)
    return (Decision("ada", "why", points, comment, text.answer, text.rubric, "tina", when),)


def hostile_report(text: str) -> Report:
    """`text` wherever a report has text."""
    speaking: dict[str, Any] = {
        "claim": text,
        "message": text,
        "next_step": text,
        "evidence": (text, text),
        "log": text,
        "cause": text,
        "trace": (Line(text[:80], text[:80], text[:160]), Line(text[:80], "", text[:160])),
    }
    return report(
        verdict(text, Outcome.WRONG_ANSWER, case=text, **speaking),
        verdict(text, Outcome.PASSED, case="other", **speaking),
        verdict("idle", Outcome.NOT_ATTEMPTED, **speaking),
        submission_id=text,
        title=text,
        assignment=text,
        device=text,
        notes=(text,),
        answers=(Answer(text, text, text, ((1, text),), text),),
        provenance={text: text},
    )
