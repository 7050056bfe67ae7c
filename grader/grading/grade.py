"""Grading: one submission in, one report out."""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from grader.assignment.assignment import Assignment
from grader.assignment.expected import Expected, judgement_digest, load_expected
from grader.checks.checks import Check
from grader.checks.criteria import answered, reads
from grader.core.digest import digest
from grader.core.observation import Fault, Observation
from grader.core.submission import Submission
from grader.core.verdict import Outcome, Verdict
from grader.core.version import VERSION
from grader.grading.judge import judge, verdict
from grader.grading.observe import Observed, Task, observe, tasks_of
from grader.grading.one_thread import one_thread
from grader.results.report import Answer, Report
from grader.sandbox.sandbox import Sandbox

RETRIED = (Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT)
NOT_FINAL = frozenset({*RETRIED, Outcome.GRADER_ERROR})
NOT_PASSED = frozenset(Outcome) - {Outcome.PASSED}


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that grading needs beside a submission, loaded once: nothing of it ever enters the sandbox."""

    assignment: Assignment
    checks: tuple[Check, ...]
    expected: Mapping[str, Expected]
    given: Mapping[str, Mapping[str, Tensor]]
    provenance: Mapping[str, str]
    judgements: Mapping[str, str]  # by check, a digest of all that its verdicts depend on beside the submission

    def only(self, names: Collection[str]) -> Bench:
        """The same for some of the checks."""
        checks = tuple(check for check in self.checks if check.name in names)
        return replace(self, checks=checks, judgements={check.name: self.judgements[check.name] for check in checks})

    def public(self) -> Bench:
        """The same for the checks that students have."""
        return self.only({check.name for check in self.checks if not check.hidden})

    def hidden(self) -> Bench:
        """The same for the checks of which students see outcomes only."""
        return self.only({check.name for check in self.checks if check.hidden})


@dataclass(frozen=True, slots=True)
class RerunRule:
    """What is run although a verdict stands: everything (`force`), or only the named checks."""

    force: bool = False
    checks: Collection[str] | None = None


RUN_WHAT_CHANGED = RerunRule()


@one_thread()
def prepare(assignment: Assignment, checks: Sequence[Check]) -> Bench:
    """Load expected values and data for `checks`. Raises `AuthorError` where any are missing or stale."""
    expected = load_expected(assignment, checks)
    given = {check.name: load_file(path) for check in checks if (path := assignment.data_file(check))}
    provenance = {
        "grader": VERSION,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {cpu_name()}",
        "assignment": assignment.digest(),
        "expected": digest(
            *(part for name, each in sorted(expected.items()) for part in (name, each.digest, each.reference))
        ),
    }
    judgements = {check.name: judgement_digest(assignment, check) for check in checks}
    return Bench(assignment, tuple(checks), expected, given, provenance, judgements)


@one_thread()
def grade(
    bench: Bench,
    submission: Submission,
    sandbox: Sandbox,
    *,
    before: Report | None = None,
    rerun: RerunRule = RUN_WHAT_CHANGED,
    step: Callable[[Verdict], None] = lambda verdict: None,
    spent: float = 0.0,
) -> Report:
    """The report on one submission. Whatever the submission does, this returns.

    Of the report `before`, verdicts stand on which nothing has changed that they depend on, except as `rerun` says.
    `step` hears of every verdict as soon as it is there. `spent` seconds of the submission's budget are used up.
    """
    report = _blank(bench, submission, sandbox)
    if submission.problem:
        return replace(report, reason=submission.problem)
    keys = _keys(bench, report)
    if not submission.files:
        message, hint = submission.notes[-1], "Hand in the package's folder with its files."
        fault = Observation(Fault(Outcome.MISSING, message, hint), 0.0)
        missing = tuple(judge(task.check, task.case, fault, {}, {}) for task in tasks_of(bench.checks))
        return replace(report, verdicts=missing, keys=keys)
    stand = _standing(bench, before, keys, rerun) if before and _the_same(before, report) else {}
    tasks = [task for task in tasks_of(bench.checks) if (task.check.name, task.case) not in stand]
    if before and not tasks:
        return _kept(bench, before, report, stand)
    verdicts = {name: verdict for name, (verdict, _) in stand.items()}
    texts = {answer.id: answer.text for answer in before.answers if answer.text} if before and stand else {}
    notes: list[str] = []
    spent += sum(verdict.seconds for verdict in verdicts.values())
    not_final = NOT_FINAL
    for observed in observe(sandbox, bench.assignment, submission.files, tasks, spent=spent, note=notes.append):
        judged = _judge(bench, observed)
        verdicts[judged.check, judged.case] = judged
        step(judged)
        texts |= _texts(bench, observed)
        not_final = NOT_FINAL | NOT_PASSED if observed.cut else not_final
    texts |= submission.answers
    keys |= {check: key for (check, _), (_, key) in stand.items()}
    fresh = [verdict for name, verdict in verdicts.items() if name not in stand]
    return replace(
        report,
        verdicts=tuple(verdicts[task.check.name, task.case] for task in tasks_of(bench.checks)),
        answers=tuple(replace(answer, text=texts.get(answer.id)) for answer in report.answers),
        notes=(*report.notes, *notes),
        keys=_final(keys, fresh, not_final),
    )


def kept(
    bench: Bench, submission: Submission, sandbox: Sandbox, before: Report, rerun: RerunRule = RUN_WHAT_CHANGED
) -> Report | None:
    """The report that comes of `before` alone, in the assignment's present words; None where anything must be run."""
    report = _blank(bench, submission, sandbox)
    if submission.problem or not submission.files or not _the_same(before, report):
        return None
    stand = _standing(bench, before, _keys(bench, report), rerun)
    whole = len(stand) == len(tasks_of(bench.checks))
    return _kept(bench, before, report, stand) if whole else None


def joined(public: Report, hidden: Report) -> Report:
    """One report of the two halves on a submission; its texts are those of the public one."""
    return replace(
        public,
        verdicts=(*public.verdicts, *hidden.verdicts),
        notes=tuple(dict.fromkeys((*public.notes, *hidden.notes))),
        keys={**public.keys, **hidden.keys},
    )


def unfinished(bench: Bench, submission: Submission, sandbox: Sandbox, trouble: str) -> Report:
    """The report where the grader itself failed: GRADER_ERROR for every check, never a zero."""
    verdicts = tuple(_judge(bench, Observed(task, None, trouble)) for task in tasks_of(bench.checks))
    return replace(_blank(bench, submission, sandbox), verdicts=verdicts)


@one_thread()
def grade_task(bench: Bench, submission: Submission, sandbox: Sandbox, task: Task) -> Verdict:
    """The verdict on one case of one check, for a face that runs checks one by one."""
    if not submission.files:
        return grade(replace(bench, checks=(task.check,)), submission, sandbox).verdicts[0]
    (observed,) = observe(sandbox, bench.assignment, submission.files, [task])
    return _judge(bench, observed)


@one_thread()
def try_again(bench: Bench, submission: Submission, sandbox: Sandbox, report: Report) -> Report:
    """The report with what is `Report.waiting` tried again, and final.

    The budget is what the other checks have left of it, so that slow code gains nothing by a second try.
    """
    late = {(each.check, each.case) for each in report.waiting}
    tasks = [task for task in tasks_of(bench.checks) if (task.check.name, task.case) in late]
    spent = sum(each.seconds for each in report.verdicts if (each.check, each.case) not in late)
    again: dict[tuple[str, str | None], Verdict] = {}
    texts: dict[str, str] = {}
    for observed in observe(sandbox, bench.assignment, submission.files, tasks, spent=spent):
        again[observed.task.check.name, observed.task.case] = _judge(bench, observed)
        texts |= _texts(bench, observed)
    verdicts = tuple(again.get((each.check, each.case), each) for each in report.verdicts)
    answers = tuple(replace(answer, text=texts.get(answer.id, answer.text)) for answer in report.answers)
    keys = {**_keys(bench, report), **report.keys}
    return replace(
        report, verdicts=verdicts, answers=answers, keys=_final(keys, verdicts, frozenset({Outcome.GRADER_ERROR}))
    )


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
    texts = {name: text.encode() for name, text in submission.answers.items()}
    figures = {f"figure {number}": each.content for number, each in enumerate(submission.figures)}
    handed_in = digest(*(part for name, content in sorted({**submission.files, **texts, **figures}.items())
                         for part in (name, content)))  # fmt: skip
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


def _keys(bench: Bench, report: Report) -> dict[str, str]:
    """By check, a digest of all that its verdicts depend on: the submission, the check, and where it is run."""
    manifest = bench.assignment.manifest
    shape = manifest.model_dump_json(include={"form", "package", "files", "notebook", "skip_calls", "limits"})
    provided = bench.assignment.provided_files()
    versions = (bench.provenance["grader"], bench.provenance["torch"], report.level, report.device)
    files = (part for name in sorted(provided) for part in (name, provided[name]))
    questions = (answer.id for answer in report.answers)  # a check's texts under these names become answers
    common = digest(report.provenance["submission"], shape, *versions, *questions, *files)
    return {name: digest(common, judgement) for name, judgement in bench.judgements.items()}


def _the_same(before: Report, report: Report) -> bool:
    """Whether both are on the same files, answers and figures."""
    return before.provenance.get("submission") == report.provenance["submission"]


def _standing(
    bench: Bench, before: Report, keys: Mapping[str, str], rerun: RerunRule
) -> dict[tuple[str, str | None], tuple[Verdict, str]]:
    """The verdicts of `before` that stand, in their checks' present words, with their keys, by check and case."""
    found: dict[tuple[str, str | None], tuple[Verdict, str]] = {}
    if rerun.force:
        return found
    tasks = {(task.check.name, task.case): task.check for task in tasks_of(bench.checks)}
    for each in before.verdicts:
        key = before.keys.get(each.check, "")
        stands = key == keys.get(each.check) if rerun.checks is None else each.check not in rerun.checks
        check = tasks.get((each.check, each.case))
        if check and stands and each.outcome is not Outcome.GRADER_ERROR:
            found[each.check, each.case] = replace(each, claim=check.claim), key
    return found


def _kept(
    bench: Bench, before: Report, report: Report, stand: Mapping[tuple[str, str | None], tuple[Verdict, str]]
) -> Report:
    """`before` with the words and the checks that the assignment has by now: no verdict of it needs to be run again."""
    texts = {answer.id: answer.text for answer in before.answers}
    now = replace(
        before,
        title=report.title,
        verdicts=tuple(stand[task.check.name, task.case][0] for task in tasks_of(bench.checks)),
        answers=tuple(replace(answer, text=texts.get(answer.id)) for answer in report.answers),
        keys={name: key for name, key in before.keys.items() if name in bench.judgements},
    )
    return before if now == before else now


def _final(keys: Mapping[str, str], verdicts: Iterable[Verdict], open: Collection[Outcome]) -> dict[str, str]:
    """The keys of checks none of whose verdicts is one of the outcomes `open`."""
    waiting = {verdict.check for verdict in verdicts if verdict.outcome in open}
    return {name: key for name, key in keys.items() if name not in waiting and key}


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
    """Written answers: the texts that a public check judges under the name of a question, unless still unwritten.

    Of a hidden check nothing is shown, or student code could copy it into an "answer" and read it in the report.
    """
    check = observed.task.check
    if check.hidden or observed.observation is None or isinstance(observed.observation.result, Fault):
        return {}
    judged = {name for criterion in check.criteria for name in reads(criterion) or ()}
    questions = {question.id for question in bench.assignment.manifest.questions} & judged
    texts = {name: value for name, value in observed.observation.result.items() if isinstance(value, str)}
    unwritten = {
        each.name
        for each in check.criteria
        if isinstance(each, answered) and each.name in texts and each.is_unwritten(texts[each.name])
    }
    return {name: text for name, text in texts.items() if name in questions - unwritten}
