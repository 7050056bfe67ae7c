"""Gradescope's results.json, which an autograder writes for one submission.

Students may submit again and again, so what they see must not measure hidden checks. A hidden check is a test that
Gradescope never shows, with its outcome only; where there is one, Gradescope keeps the total from students too, and no
text here speaks of points, those that people gave for written answers apart. The total is written out as `score`: the
tests' own numbers are rounded, and lateness and manual points are in none of them. Without a grade there is neither
`score` nor a test, so that Gradescope reports a failed autograder and not a zero.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from grader.core.text import visible
from grader.core.verdict import Outcome
from grader.results.by_check import CheckResult, Finding, by_check
from grader.results.redaction import for_student
from grader.results.report import Answer, Report, State, shown
from grader.results.row import Row

OUTPUT_CAP = 20_000
FAILED = (
    "No score: the grader could not finish, and that is not your code's fault. It is not a zero. Tell the course staff."
)


def results_json(report: Report, row: Row, *, said: Sequence[str] = (), student_text: bool = True) -> bytes:
    """The results of a graded submission, whose points are those of `row`; `said` stands above the tests.

    Without `student_text` nothing of the student's writing is in them.
    """
    student = for_student(report, student_text=student_text)
    if row.points is None:
        return failed_json([_why_no_score(student, row), *said])
    answers = [told for each in report.answers if (told := _of_answer(each, row))]
    late = [row.late.sentence] if row.late and row.late.sentence else []
    return _dumped(
        {
            "score": _number(row.points),
            "output": _text([*said, *late, *student.notes, *answers]),
            "output_format": "text",
            "stdout_visibility": "hidden",
            "tests": [_test(check, number, row) for number, check in enumerate(by_check(student.verdicts), 1)],
        }
    )


def failed_json(said: Sequence[str]) -> bytes:
    """Results without any score: a failure of ours to fix, never a student's zero."""
    return _dumped({"output": _text(said), "output_format": "text", "stdout_visibility": "hidden"})


def _why_no_score(report: Report, row: Row) -> str:
    if report.reason:
        return f"No score yet: the course staff must look at this first: {report.reason}"
    if row.state is State.GRADED:
        return f"No score yet: the course staff must still grade {', '.join(row.unscored)}."
    return FAILED


def _of_answer(answer: Answer, row: Row) -> str:
    """What a written answer earned, which is not hidden; or that it waits, where any was submitted."""
    mark = row.questions.get(answer.id)
    if mark is None or mark.points is None:
        state = "is graded by hand" if answer.text else answer.why_no_text if answer.problem else ""
        return f"The written answer {answer.id} {state}." if state else ""
    comment = f": {mark.comment}" if mark.comment else ""
    return f"The written answer {answer.id} has {shown(mark.points)} of {shown(mark.max_points)} points{comment}"


def _test(check: CheckResult, number: int, row: Row) -> dict[str, Any]:
    changed = row.overridden.get(check.name)
    points = check.points if changed is None or changed.points is None else changed.points
    full = points == check.max_points
    test = {
        "name": check.name,
        "number": str(number),
        "score": _number(points),
        "max_score": _number(check.max_points),
        "status": "passed" if full else "failed",
        "visibility": "hidden" if check.hidden else "visible",
        "output_format": "text",
    }
    # Of a hidden check `for_student` has left outcomes and numbers of cases.
    by_hand = [f"The course staff changed the points: {changed.comment}"] if changed else []
    lines = [check.claim, *by_hand, *(line for finding in check.findings for line in _lines(finding))]
    return test | {"output": _text(lines)}


def _lines(finding: Finding) -> list[str]:
    first = finding.first
    where = f" ({', '.join(finding.cases)})" if finding.cases else ""
    lines = [f"{finding.look.word}{where}{': ' if first.message else ''}{first.message}"]
    if first.outcome is Outcome.PASSED:
        return lines
    running = (line.sentence for line in first.trace)
    return [*lines, *([first.next_step] if first.next_step else []), *running, *first.evidence]


def _text(lines: Sequence[str]) -> str:
    return visible("\n".join(line for line in lines if line), OUTPUT_CAP)


def _number(points: Fraction) -> float:
    return round(float(points), 2)


def _dumped(results: dict[str, Any]) -> bytes:
    return json.dumps(results, indent=1).encode() + b"\n"
