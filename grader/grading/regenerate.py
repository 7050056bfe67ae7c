"""Regeneration: the probes of all checks run on the reference solution, shaken; what they give is then expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence

from grader.assignment.assignment import Assignment
from grader.assignment.twins import has_twin, new_seeds, seeds_to_try, twin_of
from grader.checks.checks import Check
from grader.checks.criteria import reads
from grader.core.errors import AuthorError
from grader.core.verdict import Outcome
from grader.grading.claims import Claim, claimable, refuse_claims, told
from grader.grading.judge import judge
from grader.grading.one_thread import one_thread
from grader.grading.reference_runs import LISTED, ReferenceRuns
from grader.grading.renewal import Regenerated, imported_values, orphans, renewal_of, stored, write
from grader.grading.shaken import (
    Run,
    data_of,
    failing,
    problems_of,
    spread_of,
    steady_seeds,
    values_of,
    varying,
)
from grader.sandbox.sandbox import Sandbox

DRAWS = 5  # of a secret seed, before it is the check that is to blame
ROOM = 20  # times what the reference takes: right code with loops takes many times as long, and machines differ
NOISE = 0.2  # seconds: of less most is the start of a process


@one_thread()
def regenerate(
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    jobs: int,
    done: Callable[[str], None],
    new_secrets: bool = False,
    secrets: int | None = None,
    only: Collection[str] = (),
    show: Callable[[Sequence[Regenerated]], None] = lambda results: None,
    dry_run: bool = False,
) -> list[Regenerated]:
    """Run every probe on the reference in every variant, show what changes, and write it unless it is a `dry_run`.

    `done` hears of each run that ended. Of a number of names `only` those checks are run, and no other file is touched.
    Secret seeds stay what they are, but for `new_secrets`, or where right code could fail under one; and as many, but
    for a number of `secrets` for each check. Raises `AuthorError` with every problem found; then no file has been
    touched.
    """
    checks = [check for check in assignment.checks if not only or check.name in only]
    reference = ReferenceRuns(assignment, sandbox, jobs, done)
    seeded = [check for check in checks if has_twin(check)]
    tried = (seeds_to_try(assignment, check, count=secrets, fresh=new_secrets) for check in seeded)
    twins = {check.name: twin_of(check, seeds) for check, seeds in zip(seeded, tried, strict=True)}
    runs = reference.run_all((*checks, *twins.values()))
    _refuse([*_all_problems(assignment, checks, runs), *_unasked(assignment)])
    for _ in range(DRAWS - 1):
        drawn = {check.name: twin for check in seeded
                 if (twin := _with_other_seeds(assignment, check, twins[check.name], runs))}  # fmt: skip
        if drawn:
            twins |= drawn
            runs = {name: {**runs[name], **found} for name, found in reference.run_all([*drawn.values()]).items()}
    _refuse(_all_problems(assignment, [*twins.values()], runs))
    claimed = claimable(assignment, checks, lambda check, case: values_of(runs["base"], check, case))
    refuse_claims(assignment, claimed)
    every = (*checks, *twins.values())
    renewals = [renewal_of(assignment, check, runs, _warnings(assignment, check, runs, claimed)) for check in every]
    renewals += [] if only else orphans(assignment, every)
    results = [each.result for each in renewals]
    show(results)
    if not dry_run:
        write(assignment, renewals)
    return results


def _with_other_seeds(assignment: Assignment, check: Check, twin: Check, runs: Mapping[str, Run]) -> Check | None:
    """A check's twin with others in the place of the seeds under which right code could fail; None without any."""
    steady = steady_seeds(assignment, check, twin, runs)
    lacking = len(twin.seeds) - len(steady)
    return twin_of(check, (*steady, *new_seeds(check.seeds, lacking))) if lacking else None


def _unasked(assignment: Assignment) -> list[str]:
    """Written questions that nobody could answer: there is no notebook, and no public check reads that text."""
    if assignment.manifest.notebook:
        return []
    read = {name for check in assignment.public for criterion in check.criteria for name in reads(criterion) or ()}
    return [
        f'assignment.toml: no public check returns the answer to the question "{question.id}"; '
        f'return {{"{question.id}": ...}} from a probe and add answered("{question.id}") to its expect'
        for question in assignment.manifest.questions
        if question.id not in read
    ]


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise AuthorError(problems)


def _all_problems(assignment: Assignment, checks: Sequence[Check], runs: Mapping[str, Run]) -> list[str]:
    return [problem for check in checks for problem in
            problems_of(assignment, check, runs) or _unlike_imported(assignment, check, runs["base"])]  # fmt: skip


def _unlike_imported(assignment: Assignment, check: Check, run: Run) -> list[str]:
    """Where the reference does not give what was imported from a file of the course's."""
    imported, data = imported_values(stored(assignment, check)), data_of(assignment, check)
    held_to = {
        case: {**values_of(run, check, case), **imported[case]} for case in check.case_names if imported.get(case)
    }
    verdicts = (judge(check, case, run[check.name, case], values, data) for case, values in held_to.items())
    return [
        f"{check.where}{f'[{each.case}]' if each.case else ''}: the reference itself gets {each.outcome} "
        f"with the imported values: {each.message}"
        for each in verdicts
        if each.outcome is not Outcome.PASSED
    ]


def _warnings(
    assignment: Assignment, check: Check, runs: Mapping[str, Run], claimed: Sequence[Claim]
) -> tuple[str, ...]:
    return (
        *varying(check, spread_of(check, runs)),
        *failing(assignment, check, runs),
        *_random(check, runs[LISTED]),
        *_tight_limit(check, runs["base"]),
        *told(check, claimed),
    )


def _random(check: Check, random_operations: Run) -> tuple[str, ...]:
    """A warning where it draws what other machines draw otherwise."""
    listed = (each for case in check.case_names for each in values_of(random_operations, check, case).values())
    return tuple(dict.fromkeys(
        f"draws {', '.join(map(str, each))}, which differs between CPU makers"
        for each in listed if isinstance(each, list) and each
    ))  # fmt: skip


def _tight_limit(check: Check, base: Run) -> tuple[str, ...]:
    """A limit to take instead, where right code could need more."""
    took = max(base[check.name, case].seconds for case in check.case_names) / max(len(check.seeds), 1)
    if check.is_twin or took < NOISE or check.seconds >= ROOM * took:
        return ()
    wanted = f"seconds={math.ceil(ROOM * took)} is {ROOM} times as long"
    return (f"the reference takes {took:.2g} of {check.seconds:g} seconds, and right code may take longer; {wanted}",)
