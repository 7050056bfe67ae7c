"""Written answers: as checks have seen them, and as they stand in the source, whatever becomes of the code there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.worker_process import WorkerProcess

COMPUTED = "the code that computes it did not run through; write a text between quotes"
LIMITS = Limits(seconds=10, memory=1024 * MIB)


class SourceAnswers:
    """What the source of a submission says, by question: read once, and none of it is run.

    Of a notebook they are known already (see `Submission`).
    """

    def __init__(self, assignment: Assignment, submission: Submission) -> None:
        manifest = assignment.manifest
        questions = [question.id for question in manifest.questions]
        self._files = {
            f"submission/{PurePosixPath(manifest.package, path)}": content
            for path, content in assignment.judged_files(submission.files).items()
            if path.endswith(".py") and any(name.encode() in content for name in questions)
        }
        self._work = {"answers": questions, "sources": [path.partition("/")[2] for path in self._files]}
        self._found: dict[str, Written] | None = None if self._files else {}
        if manifest.notebook:
            self._found = dict(submission.answers)
        self._was_tried = False

    def read_in(self, process: WorkerProcess) -> None:
        """Read them where checks are to follow, and nothing of the student's has run yet: a room less."""
        if self._found is None and not self._was_tried:
            self._was_tried = True  # where Python crashes over a source, it does once more in a room of its own only
            self._found = self._read(lambda: process.begin(self._work, LIMITS))

    def found(self, sandbox: Sandbox) -> dict[str, Written]:
        """Those that there are; in a room of their own where they were not read yet."""
        if self._found is None:
            self._found = self._read(lambda: sandbox.begin(sandbox.place(self._files), self._work, LIMITS))
        return self._found or {}  # what the checks have seen of them is there

    def _read(self, begin: Callable[[], Running]) -> dict[str, Written] | None:
        try:
            result = begin().wait().result
        except (SandboxError, OSError):
            return None
        return None if isinstance(result, Fault) else dict(_decoded(result.get("answers"), self._work["answers"]))


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
