"""Regeneration: the probes of all checks run on the reference solution, shaken; what they give is then expected.

A file whose new values agree with the old ones within a tenth of the tolerance keeps its values, so that another CPU
does not churn it; where the digests agree too, it is not touched.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

import torch

from grader.assignment import expected as store
from grader.assignment.assignment import Assignment
from grader.assignment.expected import Expected
from grader.assignment.twins import has_twin, new_seeds, seeds_to_try, twin_of
from grader.checks.checks import Check
from grader.checks.criteria import reads
from grader.core.errors import AuthorError, UsageError
from grader.core.observation import Fault, Value
from grader.core.verdict import Outcome
from grader.grading.claims import Claim, claimable, refuse_claims, told
from grader.grading.context import cpu_name
from grader.grading.gaps import gap, is_free, tolerance_of
from grader.grading.judge import judge
from grader.grading.observe import observe
from grader.grading.one_thread import one_thread
from grader.grading.reference import read_reference
from grader.grading.shaken import (
    ENOUGH,
    ROUNDED,
    VARIANTS,
    Run,
    data_of,
    failing,
    problems_of,
    spread_of,
    steady_seeds,
    values_of,
    varying,
)
from grader.grading.tasks import Observed, tasks_of
from grader.sandbox.sandbox import Sandbox

DRAWS = 5  # of a secret seed, before it is the check that is to blame

# A last run only lists random operations.
LIST_RANDOM: Mapping[str, Mapping[str, object]] = {"random operations": {"list_random": True}}


class Change(StrEnum):
    """What became of one file of expected values."""

    NEW = "new"
    CHANGED = "changed"
    SAME_VALUES = "same values, new digest"
    UNCHANGED = "unchanged"
    REMOVED = "removed, no such check"


@dataclass(frozen=True, slots=True)
class Regenerated:
    """What became of the file of one check, the largest change of a value, and what the author should know."""

    check: str
    change: Change
    largest: float = 0.0
    warnings: tuple[str, ...] = ()


@one_thread()
def regenerate(
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    jobs: int,
    done: Callable[[str], None],
    new_secrets: bool = False,
    secrets: int | None = None,
) -> list[Regenerated]:
    """Run every probe on the reference in every variant, and write what changed. `done` hears of each run that ended.

    Secret seeds stay what they are, but for `new_secrets`, or where right code could fail under one; and as many, but
    for a number of `secrets` for each check. Raises `AuthorError` with every problem found; then no file has been
    touched.
    """
    files = read_reference(assignment).files

    def run(checks: Sequence[Check], name: str, settings: Mapping[str, object]) -> Run:
        observed = {}
        settles = _has_values if name == "together" else None
        tasks = tasks_of(checks)
        for each in observe(sandbox, assignment, files, tasks, settings=settings, patient=True, settles=settles):
            if each.observation is None:
                raise UsageError(f"{each.task.check.name}: the sandbox failed: {each.trouble}; try again")
            observed[each.task.name] = each.observation
        done(name)
        return observed

    def run_all(checks: Sequence[Check]) -> dict[str, Run]:
        variants = {**VARIANTS, **ROUNDED, **LIST_RANDOM}
        started = {name: pool.submit(run, checks, name, settings) for name, settings in variants.items()}
        return {name: future.result() for name, future in started.items()}

    seeded = [check for check in assignment.checks if has_twin(check)]
    tried = (seeds_to_try(assignment, check, count=secrets, fresh=new_secrets) for check in seeded)
    twins = {check.name: twin_of(check, seeds) for check, seeds in zip(seeded, tried, strict=True)}
    with ThreadPoolExecutor(jobs) as pool:
        runs = run_all((*assignment.checks, *twins.values()))
        _refuse([*_all_problems(assignment, assignment.checks, runs), *_unasked(assignment)])
        for _ in range(DRAWS - 1):
            drawn = {check.name: twin for check in seeded
                     if (twin := _with_other_seeds(assignment, check, twins[check.name], runs))}  # fmt: skip
            if drawn:
                twins |= drawn
                runs = {name: {**runs[name], **found} for name, found in run_all([*drawn.values()]).items()}
    _refuse(_all_problems(assignment, [*twins.values()], runs))
    random_operations = runs.pop(*LIST_RANDOM)
    claimed = claimable(assignment, lambda check, case: values_of(runs["base"], check, case))
    refuse_claims(assignment, claimed)
    checks = (*assignment.checks, *twins.values())
    results = [_save(assignment, check, runs, random_operations, claimed) for check in checks]
    return results + _remove_orphans(assignment, checks)


def _with_other_seeds(assignment: Assignment, check: Check, twin: Check, runs: Mapping[str, Run]) -> Check | None:
    """A check's twin with others in the place of the seeds under which right code could fail; None without any."""
    steady = steady_seeds(assignment, check, twin, runs)
    lacking = len(twin.seeds) - len(steady)
    return twin_of(check, (*steady, *new_seeds(check.seeds, lacking))) if lacking else None


def _has_values(observed: Observed) -> bool:
    """What does not return in company is run alone, as it is when a submission is graded."""
    return observed.observation is not None and not isinstance(observed.observation.result, Fault)


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
    imported, data = _imported(_stored(assignment, check)), data_of(assignment, check)
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


def _save(
    assignment: Assignment, check: Check, runs: Mapping[str, Run], random_operations: Run, claimed: Sequence[Claim]
) -> Regenerated:
    old = _stored(assignment, check)
    imported = _imported(old)
    values = {case: {**values_of(runs["base"], check, case), **imported.get(case, {})} for case in check.case_names}
    spread = spread_of(check, runs)
    warnings = (
        *varying(check, spread),
        *failing(assignment, check, runs),
        *_random(check, random_operations),
        *told(check, claimed),
    )
    digest, reference = store.check_digest(assignment, check), store.reference_digest(assignment) or ""
    path = store.path_of(assignment, check)
    made = {"torch": torch.__version__, "python": platform.python_version(), "cpu": cpu_name()}
    new = Expected(values, digest, reference, spread, made, check.seeds, old.imported if old else ())
    if old is None:
        store.write(path, new)
        return Regenerated(check.name, Change.NEW, warnings=warnings)
    largest = _largest_change(check, old, new)
    if largest is None and not _meets(assignment, check, runs["base"], old):
        largest = 0.0  # a function of the author's looks more closely than at a tenth of a tolerance
    if largest is not None:
        store.write(path, new)
        return Regenerated(check.name, Change.CHANGED, largest, warnings)
    if (old.digest, old.reference) != (digest, reference):
        store.write(path, replace(old, digest=digest, reference=reference))
        return Regenerated(check.name, Change.SAME_VALUES, warnings=warnings)
    return Regenerated(check.name, Change.UNCHANGED, warnings=warnings)


def _stored(assignment: Assignment, check: Check) -> Expected | None:
    """What is saved for a check. A damaged file may hold what was imported, which nothing could make again.

    Not a twin's, whose damaged file is only read where all its seeds are drawn anew.
    """
    path = store.path_of(assignment, check)
    try:
        return store.read(path)
    except FileNotFoundError:
        return None
    except store.DAMAGED as error:
        if check.is_twin:
            return None
        raise AuthorError([f"{path}: damaged ({type(error).__name__}); delete it, then run this again"]) from None


def _imported(saved: Expected | None) -> dict[str | None, dict[str, Value]]:
    """The values of each case that come from a file of the course's: the reference is compared with them."""
    if saved is None:
        return {}
    return {case: {name: value for name, value in named.items() if store.value_name(case, name) in saved.imported}
            for case, named in saved.values.items()}  # fmt: skip


def _meets(assignment: Assignment, check: Check, run: Run, old: Expected) -> bool:
    """Whether the reference passes with the old values, too."""
    given = data_of(assignment, check)
    verdicts = (judge(check, case, run[check.name, case], old.values[case], given) for case in check.case_names)
    return all(verdict.outcome is Outcome.PASSED for verdict in verdicts)


def _random(check: Check, random_operations: Run) -> tuple[str, ...]:
    """A warning where it draws what other machines draw otherwise."""
    listed = (each for case in check.case_names for each in values_of(random_operations, check, case).values())
    return tuple(dict.fromkeys(
        f"draws {', '.join(map(str, each))}, which differs between CPU makers"
        for each in listed if isinstance(each, list) and each
    ))  # fmt: skip


def _largest_change(check: Check, old: Expected, new: Expected) -> float | None:
    """The largest change of a value, or None where all agree within a tenth of their tolerance."""
    if {case: set(named) for case, named in old.values.items()} != {
        case: set(named) for case, named in new.values.items()
    }:
        return float("inf")
    gaps = {(case, name): gap(value, old.values[case][name]) for case, named in new.values.items()
            for name, value in named.items()}  # fmt: skip
    compared = {key: gap for key, gap in gaps.items() if not is_free(check, key[1]) or gap == float("inf")}
    moved = [gap for (_, name), gap in compared.items() if gap > tolerance_of(check, name) / ENOUGH]
    return max(moved) if moved else None


def _remove_orphans(assignment: Assignment, checks: Sequence[Check]) -> list[Regenerated]:
    kept = {store.path_of(assignment, check) for check in checks}
    folders = (assignment.expected_folder, assignment.secret_folder)
    orphans = [path for each in folders for path in sorted(each.glob("*.safetensors")) if path not in kept]
    for path in orphans:
        path.unlink()
    return [Regenerated(path.stem, Change.REMOVED) for path in orphans]
