"""Grading: one submission in, one report out."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from grader.assignment import Assignment
from grader.checks import Check
from grader.criteria import reads
from grader.digest import digest
from grader.expected import Expected, load_expected
from grader.judging import judge, verdict
from grader.observation import Fault, Observation
from grader.observing import Observed, Task, observe, tasks_of
from grader.report import Answer, Report
from grader.sandbox import Sandbox
from grader.submission import Submission
from grader.verdict import Outcome, Verdict

RETRIED = (Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that grading needs beside a submission, loaded once: nothing of it ever enters the sandbox."""

    assignment: Assignment
    checks: tuple[Check, ...]
    expected: Mapping[str, Expected]
    given: Mapping[str, Mapping[str, Tensor]]
    provenance: Mapping[str, str]


def prepare(assignment: Assignment, checks: Sequence[Check]) -> Bench:
    """Load expected values and data for `checks`. Raises `AuthorError` where any are missing or stale."""
    expected = load_expected(assignment, checks)
    given = {check.name: load_file(path) for check in checks if (path := assignment.data_file(check))}
    provenance = {
        "grader": version("grader"),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {cpu_name()}",
        "assignment": assignment.digest(),
        "expected": digest(
            *(part for name, each in sorted(expected.items()) for part in (name, each.digest, each.reference))
        ),
    }
    return Bench(assignment, tuple(checks), expected, given, provenance)


def grade(bench: Bench, submission: Submission, sandbox: Sandbox) -> Report:
    """The report on one submission. Whatever the submission does, this returns."""
    report = _blank(bench, submission, sandbox)
    if submission.problem:
        return replace(report, reason=submission.problem)
    if not submission.files:
        message, hint = submission.notes[-1], "Hand in the package's folder with its files."
        fault = Observation(Fault(Outcome.MISSING, message, hint), 0.0)
        tasks = tasks_of(bench.checks)
        return replace(report, verdicts=tuple(judge(task.check, task.case, fault, {}, {}) for task in tasks))
    verdicts: list[Verdict] = []
    texts: dict[str, str] = {}
    notes: list[str] = []
    tasks = tasks_of(bench.checks)
    for observed in observe(sandbox, bench.assignment, submission.files, tasks, note=notes.append):
        verdicts.append(_judge(bench, observed))
        texts |= _texts(bench, observed)
    texts |= submission.answers
    answers = tuple(replace(answer, text=texts.get(answer.id)) for answer in report.answers)
    return replace(report, verdicts=tuple(verdicts), answers=answers, notes=(*report.notes, *notes))


def unfinished(bench: Bench, submission: Submission, sandbox: Sandbox, trouble: str) -> Report:
    """The report where the grader itself failed: GRADER_ERROR for every check, never a zero."""
    verdicts = tuple(_judge(bench, Observed(task, None, trouble)) for task in tasks_of(bench.checks))
    return replace(_blank(bench, submission, sandbox), verdicts=verdicts)


def grade_task(bench: Bench, submission: Submission, sandbox: Sandbox, task: Task) -> Verdict:
    """The verdict on one case of one check, for a face that runs checks one by one."""
    if not submission.files:
        return grade(replace(bench, checks=(task.check,)), submission, sandbox).verdicts[0]
    (observed,) = observe(sandbox, bench.assignment, submission.files, [task])
    return _judge(bench, observed)


def confirm(bench: Bench, submission: Submission, sandbox: Sandbox, report: Report) -> Report:
    """The report with what a busy machine may have caused tried again: `RETRIED` outcomes are not the student's yet.

    The budget is what the other checks have left of it, so that slow code gains nothing by a second try.
    """
    late = {(each.check, each.case) for each in report.verdicts if each.outcome in RETRIED}
    tasks = [task for task in tasks_of(bench.checks) if (task.check.name, task.case) in late]
    spent = sum(each.seconds for each in report.verdicts if each.outcome not in RETRIED)
    again: dict[tuple[str, str | None], Verdict] = {}
    texts: dict[str, str] = {}
    for observed in observe(sandbox, bench.assignment, submission.files, tasks, spent=spent):
        again[observed.task.check.name, observed.task.case] = _judge(bench, observed)
        texts |= _texts(bench, observed)
    verdicts = tuple(again.get((each.check, each.case), each) for each in report.verdicts)
    answers = tuple(replace(answer, text=texts.get(answer.id, answer.text)) for answer in report.answers)
    return replace(report, verdicts=verdicts, answers=answers)


def cpu_name() -> str:
    """The processor's own name, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _blank(bench: Bench, submission: Submission, sandbox: Sandbox) -> Report:
    manifest = bench.assignment.manifest
    handed_in = digest(*(part for name, content in sorted(submission.files.items()) for part in (name, content)))
    return Report(
        submission=submission.id,
        assignment=bench.assignment.name,
        title=manifest.title,
        level=sandbox.level,
        device=sandbox.device,
        answers=tuple(
            Answer(each.id, each.title, each.prompt, tuple((line.points, line.text) for line in each.rubric), None)
            for each in manifest.questions
        ),
        notes=submission.notes,
        provenance={**bench.provenance, "submission": handed_in},
    )


def _judge(bench: Bench, observed: Observed) -> Verdict:
    check, case = observed.task.check, observed.task.case
    if observed.observation is None:
        trouble = f"the grader failed, not your code: {observed.trouble}"
        return verdict(
            check, case, Outcome.GRADER_ERROR, None, trouble, "Grade again; tell the course staff if it stays."
        )
    expected = bench.expected[check.name].values[case]
    return judge(check, case, observed.observation, expected, bench.given.get(check.name, {}))


def _texts(bench: Bench, observed: Observed) -> dict[str, str]:
    """Written answers: the texts that a public check judges under the name of a question.

    Of a hidden check nothing is shown, or student code could copy it into an "answer" and read it in the report.
    """
    check = observed.task.check
    if check.hidden or observed.observation is None or isinstance(observed.observation.result, Fault):
        return {}
    judged = {name for criterion in check.criteria for name in reads(criterion) or ()}
    questions = {question.id for question in bench.assignment.manifest.questions} & judged
    values = observed.observation.result
    return {name: value for name, value in values.items() if name in questions and isinstance(value, str)}
