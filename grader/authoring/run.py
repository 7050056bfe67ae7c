"""One audit, from the reference to the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor

from grader.authoring.audit import Audit, Stub, audit_of, result_of, rewrite_of, stub_of
from grader.authoring.examiner import Examiner
from grader.authoring.memory import Memory, Seen
from grader.authoring.mutants import Mutant
from grader.authoring.plan import Plan
from grader.authoring.remarks import remarks
from grader.core.errors import UsageError
from grader.grading.session import Session
from grader.submissions.reading import read_submission

EACH = 10  # one mutant in so many is asked all checks, to know what mistakes cost and which checks fail together


def run_audit(
    session: Session,
    plan: Plan,
    memory: Memory,
    pool: Executor,
    *,
    all_checks: bool = False,
    done: Callable[[Mutant, Mapping[str, Seen]], None] = lambda mutant, seen: None,
) -> Audit:
    """Try the mutants of a plan in `pool`; what `memory` has is not run again. `done` hears of each.

    With `all_checks` each is asked all, else most up to the first failure. Raises `UsageError` where the reference
    itself does not pass.
    """
    examiner = Examiner(session, memory)
    right = examiner.examine(plan.reference, again=True)
    failed = next((name for name, each in right.items() if not each.passed), None)
    if failed:
        raise UsageError(
            f"{session.assignment.name}: the reference solution gets {right[failed].outcome} for {failed}; "
            "an audit needs one that passes: run `grader regenerate`, or fix it"
        )
    stub = _stub(session, examiner)
    cases = examiner.cases
    verdicts = pool.map(lambda each: examiner.examine(each, again=True), plan.rewrites.values())
    rewrites = [rewrite_of(name, each, cases) for name, each in zip(plan.rewrites, verdicts, strict=True)]
    examiner.limit(right)
    seen = examiner.examine_all(
        plan.reference,
        plan.chosen,
        pool,
        is_whole=lambda mutant: all_checks or int(mutant.digest[-4:], 16) % EACH == 0,
        done=done,
    )
    results = (result_of(each, seen[each.digest], cases, plan.equivalent.get(each.digest, "")) for each in plan.chosen)
    said = remarks(session.context)
    return audit_of(session.assignment, plan.made, results, cases, stub=stub, rewrites=rewrites, remarks=said)


def _stub(session: Session, examiner: Examiner) -> Stub | None:
    """What the students' files are given as they are; None where there are none."""
    stub = read_submission(session.assignment.folder, session.assignment.manifest)
    return stub_of(examiner.examine(stub, again=True), examiner.cases) if stub.files and not stub.problem else None
