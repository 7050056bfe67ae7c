"""Grading: one submission in, one report out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

from grader.assignment.untouched import is_untouched
from grader.checks.checks import Check
from grader.core.cell_note import CellNote
from grader.core.digest import digest
from grader.core.submission import Submission
from grader.core.verdict import Outcome, Verdict, own_name
from grader.grading.context import GradingContext
from grader.grading.environment import is_there_now
from grader.grading.judge import judge, verdict
from grader.grading.observe import observe
from grader.grading.one_thread import one_thread
from grader.grading.tasks import Observed
from grader.grading.written import SourceAnswers, answer_of, asks, texts_in
from grader.results.judged import digests_of
from grader.results.report import ENVIRONMENT, Answer, Report
from grader.sandbox.sandbox import Sandbox

RETRIED = (Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT)
NOT_FINAL = frozenset({*RETRIED, Outcome.GRADER_ERROR})
NOT_BEGUN = (Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR, Outcome.INVALID_RESULT)  # what an untouched stub may get
SETTLED_TOGETHER = (Outcome.PASSED, Outcome.MISSING, Outcome.NOT_ATTEMPTED)
NOT_PASSED = frozenset(Outcome) - {Outcome.PASSED}


@dataclass(frozen=True, slots=True)
class RerunRule:
    """What is run although a verdict stands: everything (`force`), or only the named checks."""

    force: bool = False
    checks: Collection[str] | None = None


RUN_WHAT_CHANGED = RerunRule()


@one_thread()
def grade(
    context: GradingContext,
    submission: Submission,
    sandbox: Sandbox,
    *,
    before: Report | None = None,
    rerun: RerunRule = RUN_WHAT_CHANGED,
    step: Callable[[Verdict], None] = lambda verdict: None,
    enough: Callable[[Verdict], bool] = lambda verdict: False,
    spent: float = 0.0,
) -> Report:
    """The report on one submission. Whatever the submission does, this returns.

    Of the report `before`, verdicts stand on which nothing has changed that they depend on, except as `rerun` says.
    `step` hears of every verdict as soon as it is there, and after one that is `enough` nothing else is run. `spent`
    seconds of the submission's budget are used up.
    """
    report = _blank(context, submission, sandbox)
    if submission.problem:
        return replace(report, reason=submission.problem)
    keys = _keys(context, report)
    stand = _standing(context, before, keys, rerun) if before and _the_same(before, report) else {}
    tasks = [task for task in context.tasks if task.name not in stand]
    if before and not tasks:
        return _kept(context, before, report, stand)
    verdicts = {name: verdict for name, (verdict, _) in stand.items()}
    texts = {answer.id: answer.text for answer in before.answers if answer.text} if before and stand else {}
    notes: list[CellNote] = []
    spent += charged(verdicts.values())
    not_final = NOT_FINAL
    settled: dict[tuple[str, str | None], Verdict] = {}
    is_read = asks(tasks) and not context.answers_stand
    written = SourceAnswers(context.assignment, submission) if is_read else None

    def stands(observed: Observed) -> bool:
        if is_settled := settles(found := judged(context, observed)):
            settled[observed.task.name] = found
        return is_settled

    running = observe(
        sandbox,
        context.assignment,
        submission.files,
        tasks,
        spent=spent,
        note=notes.append,
        settles=stands,
        first=written.read_in if written else lambda process: None,
        parts=context.parts,
    )
    with closing(running):
        for observed in running:
            latest = settled.get(observed.task.name) or judged(context, observed)
            latest = begun(context, submission, observed.task.check, latest)
            verdicts[latest.check, latest.case] = latest
            texts |= texts_in(context, observed)
            not_final = NOT_FINAL | NOT_PASSED if observed.cut else not_final
            step(latest)
            if enough(latest):
                break
    said = written.found(sandbox) if written else {}
    keys |= {check: key for (check, _), (_, key) in stand.items()}
    fresh = [verdict for name, verdict in verdicts.items() if name not in stand]
    return replace(
        report.with_ran(verdicts[task.name] for task in context.tasks if task.name in verdicts),
        answers=tuple(
            answer_of(context, answer, texts.get(answer.id), said.get(answer.id)) for answer in report.answers
        ),
        notes=(*report.notes, *(each.sentence for each in notes if each.cell not in submission.cells_as_given)),
        keys=_final(keys, fresh, not_final),
    )


def charged(verdicts: Iterable[Verdict]) -> float:
    """Seconds of the submission's budget that verdicts have cost: what passed has passed, mostly beside others."""
    return sum(verdict.seconds for verdict in verdicts if verdict.outcome is not Outcome.PASSED)


def kept(
    context: GradingContext,
    submission: Submission,
    sandbox: Sandbox,
    before: Report,
    rerun: RerunRule = RUN_WHAT_CHANGED,
) -> Report | None:
    """The report that comes of `before` alone, in the assignment's present words; None where anything must be run."""
    report = _blank(context, submission, sandbox)
    if submission.problem or not _the_same(before, report):
        return None
    context = context.due(before.ran)
    stand = _standing(context, before, _keys(context, report), rerun)
    whole = len(stand) == len(context.tasks)
    return _kept(context, before, report, stand) if whole else None


def joined(public: Report, hidden: Report) -> Report:
    """One report of the two halves on a submission; its texts are those of the public one."""
    return replace(
        public.with_ran((*public.ran, *hidden.ran)),
        notes=tuple(dict.fromkeys((*public.notes, *hidden.notes))),
        keys={**public.keys, **hidden.keys},
    )


def unfinished(context: GradingContext, submission: Submission, sandbox: Sandbox, trouble: str) -> Report:
    """The report where the grader itself failed: GRADER_ERROR for every check, never a zero."""
    verdicts = tuple(judged(context, Observed(task, None, trouble)) for task in context.tasks)
    return _blank(context, submission, sandbox).with_ran(verdicts)


@one_thread()
def try_again(context: GradingContext, submission: Submission, sandbox: Sandbox, report: Report) -> Report:
    """The report with what is `Report.waiting` tried again, and final.

    With a whole budget of its own, and a whole GPU: what used up the first may have been the machine's doing.
    """
    late = {(each.check, each.case) for each in report.waiting}
    tasks = [task for task in context.tasks if (task.check.name, task.case) in late]
    again: dict[tuple[str, str | None], Verdict] = {}
    texts: dict[str, str] = {}
    for observed in observe(sandbox, context.assignment, submission.files, tasks, whole_gpu=True):
        again[observed.task.check.name, observed.task.case] = judged(context, observed)
        texts |= texts_in(context, observed)
    verdicts = [again.get((each.check, each.case), each) for each in report.ran]
    answers = tuple(each if each.text else replace(each, text=texts.get(each.id)) for each in report.answers)
    keys = {**_keys(context, report), **report.keys}
    final = _final(keys, verdicts, frozenset({Outcome.GRADER_ERROR}))
    return replace(report.with_ran(verdicts), answers=answers, keys=final)


def _blank(context: GradingContext, submission: Submission, sandbox: Sandbox) -> Report:
    manifest = context.assignment.manifest
    texts = {name: written.text.encode() for name, written in submission.answers.items() if written.text}
    figures = {f"figure {number}": each.content for number, each in enumerate(submission.figures)}
    submitted = digest(*(part for name, content in sorted({**submission.files, **texts, **figures}.items())
                         for part in (name, content)))  # fmt: skip
    return Report(
        submission_id=submission.id,
        assignment=context.assignment.name,
        title=manifest.title,
        level=sandbox.level,
        device=sandbox.device,
        answers=context.answers,
        notes=submission.notes,
        files=digests_of(context.assignment.judged_files(submission.files)),
        provenance={**context.provenance, "submission": submitted},
    )


def _keys(context: GradingContext, report: Report) -> dict[str, str]:
    """By check, digests of all that its verdicts depend on: the check, and what it is run on and where."""
    environment = *(context.provenance[name] for name in ENVIRONMENT), report.level, report.device
    run = digest(report.provenance["submission"], *environment)[:32]
    return {name: f"{version}.{run}" for name, version in context.versions.items()}


def _the_same(before: Report, report: Report) -> bool:
    """Whether both are on the same files, answers and figures."""
    return before.provenance.get("submission") == report.provenance["submission"]


def _standing(
    context: GradingContext, before: Report, keys: Mapping[str, str], rerun: RerunRule
) -> dict[tuple[str, str | None], tuple[Verdict, str]]:
    """The verdicts of `before` that stand, in their checks' present words, with their keys, by check and case."""
    found: dict[tuple[str, str | None], tuple[Verdict, str]] = {}
    if rerun.force:
        return found
    tasks = {(task.check.name, task.case): task.check for task in context.tasks}
    for each in before.ran:
        key = before.keys.get(each.check, "")
        stands = key == keys.get(each.check) if rerun.checks is None else own_name(each.check) not in rerun.checks
        check = tasks.get((each.check, each.case))
        final = each.outcome is not Outcome.GRADER_ERROR and not is_there_now(each.missing_module)
        if check and stands and final:
            found[each.check, each.case] = replace(each, claim=check.claim), key
    return found


def _kept(
    context: GradingContext, before: Report, report: Report, stand: Mapping[tuple[str, str | None], tuple[Verdict, str]]
) -> Report:
    """`before` with the words and the checks that the assignment has by now: no verdict of it needs to be run again."""
    said = {answer.id: answer for answer in before.answers}
    now = replace(
        before.with_ran(stand[task.name][0] for task in context.tasks),
        title=report.title,
        files=report.files,
        answers=tuple(_as_before(answer, said.get(answer.id, answer)) for answer in report.answers),
        keys={name: key for name, key in before.keys.items() if name in context.judgements},
    )
    return before if now == before else now


def _as_before(answer: Answer, before: Answer) -> Answer:
    """The question in its present words, with what was answered."""
    return replace(answer, text=before.text, problem=before.problem, untouched=before.untouched)


def _final(keys: Mapping[str, str], verdicts: Iterable[Verdict], open: Collection[Outcome]) -> dict[str, str]:
    """The keys of checks none of whose verdicts is one of the outcomes `open`."""
    waiting = {verdict.check for verdict in verdicts if verdict.outcome in open}
    return {name: key for name, key in keys.items() if name not in waiting and key}


def settles(found: Verdict) -> bool:
    """Whether a verdict on what ran beside others stands: it passed, or nothing was there that could be disturbed."""
    return found.outcome in SETTLED_TOGETHER


def judged(context: GradingContext, observed: Observed) -> Verdict:
    """The verdict on what a task gave; ours to answer for where it gave nothing."""
    check, case = observed.task.check, observed.task.case
    if observed.observation is None:
        trouble = f"the grader failed, not your code: {observed.trouble}"
        return verdict(
            check, case, Outcome.GRADER_ERROR, None, trouble, "Grade again; tell the course staff if it happens again."
        )
    expected = context.expected[check.name].values[case]
    return judge(check, case, observed.observation, expected, context.given.get(check.name, {}))


def begun(context: GradingContext, submission: Submission, check: Check, found: Verdict) -> Verdict:
    """The verdict, or that nothing of what it is on has been written yet: stubs that return nothing are wrong, too."""
    if found.outcome not in NOT_BEGUN or found.missing_module or not submission.given:
        return found
    course = {**context.assignment.check_files(), **context.assignment.provided}
    if not is_untouched(check, course, submission.given, context.assignment.judged_files(submission.files)):
        return found
    message, next_step = "all that this is about is still as it was given out", "Write it, then run the checks again."
    return replace(
        found,
        outcome=Outcome.NOT_ATTEMPTED,
        message=message,
        next_step=next_step,
        evidence=(),
        place="",
        cause="",
        trace=(),
        drawing=None,
        ours=True,
    )
