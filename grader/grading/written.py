"""Written answers: as checks have seen them, and as they stand in the source, whatever becomes of the code there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from grader.assignment.assignment import Assignment
from grader.checks.criteria import answered
from grader.checks.criterion import reads
from grader.core.errors import SandboxError
from grader.core.limits import MIB, Limits
from grader.core.observation import Fault, Value
from grader.core.submission import Submission
from grader.core.written import Written
from grader.grading.context import GradingContext
from grader.grading.tasks import Observed, Task
from grader.results.report import Answer
from grader.sandbox.sandbox import Sandbox

COMPUTED = "the code that computes it did not run through; write a text between quotes"
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


def asks(tasks: Iterable[Task]) -> bool:
    """Whether a public check is run: written answers are read once, and with those."""
    return any(not task.check.hidden for task in tasks)


def answer_of(context: GradingContext, answer: Answer, seen: str | None, written: Written | None) -> Answer:
    """A written answer as a check has `seen` it, or as it stands in the source where that says more."""
    if not written:
        return replace(answer, text=seen)
    text = seen if seen is not None and not written.problem else written.text
    templates = (each for check in context.checks for each in check.criteria if isinstance(each, answered))
    untouched = written.untouched or any(
        each.name == answer.id and text is not None and each.is_unwritten(text) for each in templates
    )
    if untouched:
        return replace(answer, text=None, untouched=True)
    return replace(answer, text=text, problem=written.problem or ("" if text is not None else COMPUTED))


def texts_in(context: GradingContext, observed: Observed) -> dict[str, str]:
    """Written answers: the texts that a public check judges under the name of a question, unless still unwritten.

    Of a hidden check nothing is shown, or student code could copy it into an "answer" and read it in the report.
    """
    check = observed.task.check
    if check.hidden or observed.observation is None or isinstance(observed.observation.result, Fault):
        return {}
    judged = {name for criterion in check.criteria for name in reads(criterion) or ()}
    questions = {question.id for question in context.assignment.manifest.questions} & judged
    texts = {name: value for name, value in observed.observation.result.items() if isinstance(value, str)}
    unwritten = {
        each.name
        for each in check.criteria
        if isinstance(each, answered) and each.name in texts and each.is_unwritten(texts[each.name])
    }
    return {name: text for name, text in texts.items() if name in questions - unwritten}


def _decoded(said: Value | None, questions: Sequence[str]) -> list[tuple[str, Written]]:
    found = []
    for each in said if isinstance(said, list) else []:
        match each:
            case [str(name), (str() | None) as text, str(problem)] if name in questions:
                found.append((name, Written(text, problem[:300])))
    return found
