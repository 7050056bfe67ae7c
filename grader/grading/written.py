"""The written answers of a package, read from its source: whatever becomes of its code, what was written is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from grader.assignment.assignment import Assignment
from grader.core.errors import SandboxError
from grader.core.limits import MIB, Limits
from grader.core.observation import Fault, Value
from grader.core.submission import Submission
from grader.core.written import Written
from grader.sandbox.sandbox import Sandbox

LIMITS = Limits(seconds=10, memory=1024 * MIB)


def read_answers(sandbox: Sandbox, assignment: Assignment, submission: Submission) -> dict[str, Written]:
    """By question, what the source says; only those that are found. None of it is run.

    Of a notebook they are known already (see `Submission`).
    """
    manifest = assignment.manifest
    if manifest.notebook:
        return dict(submission.answers)
    questions = [question.id for question in manifest.questions]
    files = {
        f"submission/{PurePosixPath(manifest.package, path)}": content
        for path, content in assignment.judged_files(submission.files).items()
        if path.endswith(".py") and any(name.encode() in content for name in questions)
    }
    if not files:
        return {}
    try:
        result = sandbox.begin(sandbox.place(files), {"answers": questions}, LIMITS).wait().result
    except (SandboxError, OSError):
        return {}  # what the checks have seen of them is there
    return {} if isinstance(result, Fault) else dict(_decoded(result.get("answers"), questions))


def _decoded(said: Value | None, questions: Sequence[str]) -> list[tuple[str, Written]]:
    found = []
    for each in said if isinstance(said, list) else []:
        match each:
            case [str(name), (str() | None) as text, str(problem)] if name in questions:
                found.append((name, Written(text, problem[:300])))
    return found
