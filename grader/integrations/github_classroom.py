"""Points for GitHub Classroom: grades where a student's repository is checked out.

Started there as `python -P -m grader.integrations.github_classroom`.

Grades the public checks of the nearest assignment on the files here, prints what `grader check` prints, and appends a
line `result=...` to the file that GITHUB_OUTPUT names: JSON in base64, which the action
classroom-resources/autograding-grading-reporter adds up. Wrong answers are points like others, so the exit status is 0
with them; where there is no grade there is no result either, one line says why, and the status is not 0.

The runner of GitHub takes `::set-output ...` at the beginning of a line that is printed, and `##[set-output ...` within
one, for a command. Nothing printed here has either, and nothing that students write is in the result.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.assignment.manifest import nearest_assignment
from grader.core.errors import AuthorError, SandboxError, UsageError
from grader.core.verdict import Outcome
from grader.pages.terminal import print_report
from grader.results.by_check import CheckResult, by_check
from grader.results.report import Report, State
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

WIDTH = 120
DONE, UNUSABLE, FAILED = 0, 2, 3
COMMAND = re.compile(r":(?=:)|##(?=\[)")


def main(folder: Path) -> int:
    """Grade what is in `folder`; the exit status."""
    try:
        report = _grade(folder)
    except Exception as error:  # whatever it is, the student gets no zero for it
        expected = isinstance(error, AuthorError | UsageError | SandboxError | OSError)
        print(harmless(str(error) if expected else f"{type(error).__name__}: {error}"), file=sys.stderr)
        return UNUSABLE if isinstance(error, AuthorError | UsageError) else FAILED
    print(harmless(_printed(report)))
    if report.state is not State.GRADED:
        return FAILED
    if output := os.environ.get("GITHUB_OUTPUT"):
        with Path(output).open("ab") as file:
            file.write(b"result=" + base64.b64encode(results_json(report)) + b"\n")
    return DONE


def results_json(report: Report) -> bytes:
    """What the reporter reads of a graded submission: it adds up `score` and puts `max_score` beside the sum."""
    full = report.points == report.max_points
    results = {
        "version": 1,
        "status": "pass" if full else "fail",
        "max_score": _number(report.max_points),
        "tests": [_test(check) for check in by_check(report.verdicts)],
    }
    return json.dumps(results).encode()


def harmless(text: str) -> str:
    """`text` without a command to the runner. It is ASCII, as the runner's search passes over what has no width."""
    return COMMAND.sub(r"\g<0> ", text.encode("ascii", "backslashreplace").decode())


def _grade(folder: Path) -> Report:
    home = nearest_assignment(folder)
    level, reason = best_level()
    print(harmless(f"sandbox: {level}{f' ({reason})' if reason else ''}"))
    with Sandbox(level) as sandbox:  # it warms up while torch is imported here
        from grader.assignment.assignment import load_assignment
        from grader.grading.session import Checks, Session

        session = Session.of(sandbox, load_assignment(home), checks=Checks.PUBLIC)
        sandbox.wait()
        if session.lacks:
            print(session.lacks)
        manifest, handout = session.assignment.manifest, session.assignment.given_out()
        return session.grade(read_submission(folder.resolve(), manifest, id="you", handout=handout))


def _printed(report: Report) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")
    print_report(Console(file=file, width=WIDTH, force_terminal=False, color_system=None), report, staff=True)
    file.seek(0)
    return file.read()


def _test(check: CheckResult) -> dict[str, Any]:
    return {
        "name": check.name,
        "status": "pass" if check.outcome is Outcome.PASSED else "fail",
        "message": check.look.word,
        "test_code": "",
        "filename": "",
        "line_no": 0,
        "duration": int(1000 * check.seconds),
        "score": _number(check.points),
    }


def _number(points: Fraction) -> float:
    return round(float(points), 2)


if __name__ == "__main__":
    sys.exit(main(Path()))
