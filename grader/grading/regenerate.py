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
from safetensors.torch import load_file
from torch import Tensor

from grader.assignment import expected as store
from grader.assignment.assignment import Assignment
from grader.assignment.expected import NO_CASE, Expected
from grader.assignment.twins import has_twin, new_seeds, stored_seeds, twin_of
from grader.checks.checks import Check
from grader.checks.criteria import reads
from grader.checks.loading import unread_problems
from grader.checks.seeds import plain_name
from grader.core.errors import AuthorError, UsageError
from grader.core.observation import Fault, Observation, Value, Values
from grader.core.verdict import Outcome
from grader.grading.claims import Claim, claims, told
from grader.grading.context import cpu_name
from grader.grading.gaps import gap, is_free, tolerance_of, unusable
from grader.grading.judge import judge
from grader.grading.observe import observe
from grader.grading.one_thread import one_thread
from grader.grading.reference import read_reference
from grader.grading.tasks import Observed, tasks_of
from grader.sandbox.sandbox import Sandbox

ENOUGH = 10  # a tolerance should be this many times the spread
DRAWS = 5  # of a secret seed, before it is the check that is to blame

# Settings that must not change what a correct solution gives. The first is the one under which everything is graded;
# the second repeats it in another process, the third where cases share one.
VARIANTS: Mapping[str, Mapping[str, object]] = {
    "base": {},
    "repeated": {},
    "together": {},
    "two threads": {"threads": 2},
    "without oneDNN": {"onednn": False},
}
# A last run only lists random operations.
LIST_RANDOM: Mapping[str, Mapping[str, object]] = {"random operations": {"list_random": True}}

Run = Mapping[tuple[str, str | None], Observation]


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
    assignment: Assignment, sandbox: Sandbox, *, jobs: int, done: Callable[[str], None], new_secrets: bool = False
) -> list[Regenerated]:
    """Run every probe on the reference in every variant, and write what changed. `done` hears of each run that ended.

    Secret seeds stay what they are, but for `new_secrets`, or where right code could fail under one. Raises
    `AuthorError` with every problem found; then no file has been touched.
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
        variants = {**VARIANTS, **LIST_RANDOM}
        started = {name: pool.submit(run, checks, name, settings) for name, settings in variants.items()}
        return {name: future.result() for name, future in started.items()}

    def stored(check: Check) -> tuple[int, ...]:
        return () if new_secrets else stored_seeds(assignment, check)

    seeded = [check for check in assignment.checks if has_twin(check)]
    twins = {check.name: twin_of(check, stored(check) or new_seeds(check.seeds)) for check in seeded}
    with ThreadPoolExecutor(jobs) as pool:
        runs = run_all((*assignment.checks, *twins.values()))
        _refuse([*_all_problems(assignment, assignment.checks, runs), *_unasked(assignment)])
        for _ in range(DRAWS - 1):
            unsteady = [check for check in seeded if _is_unsteady(assignment, check, twins[check.name], runs)]
            drawn = {check.name: twin_of(check, new_seeds(check.seeds)) for check in unsteady}
            if drawn:
                twins |= drawn
                runs = {name: {**runs[name], **found} for name, found in run_all([*drawn.values()]).items()}
    _refuse(_all_problems(assignment, [*twins.values()], runs))
    random_operations = runs.pop(*LIST_RANDOM)
    claimed = claims(assignment, lambda check, case: _values(runs["base"], check, case))
    checks = (*assignment.checks, *twins.values())
    results = [_save(assignment, check, runs, random_operations, claimed) for check in checks]
    return results + _remove_orphans(assignment, checks)


def _has_values(observed: Observed) -> bool:
    """What does not return in company is run alone, as it is when a submission is graded."""
    return observed.observation is not None and not isinstance(observed.observation.result, Fault)


def _unasked(assignment: Assignment) -> list[str]:
    """Written questions that nobody could answer: no public check of a package reads a text of that name."""
    if assignment.manifest.form == "notebook":
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
    return [problem for check in checks for problem in _problems(assignment, check, runs)]


def _problems(assignment: Assignment, check: Check, runs: Mapping[str, Run]) -> list[str]:
    """Why what the reference gave cannot be what students are held to."""
    problems: list[str] = []
    given, imported = _given(assignment, check), _imported(_stored(assignment, check))
    for case in check.case_names:
        place = check.where if case is None else f"{check.where}[{case}]"
        results = {name: runs[name][check.name, case].result for name in VARIANTS}
        stopped = next(((name, result) for name, result in results.items() if isinstance(result, Fault)), None)
        if stopped:
            name, fault = stopped
            problems.append(f"{place}: the reference gets {fault.outcome} ({name}): {fault.message}")
            continue
        base = _values(runs["base"], check, case)
        repeated, together = (_values(runs[name], check, case) for name in ("repeated", "together"))
        found = _value_problems(check, base, repeated, together)
        found += unread_problems(check, base) if case == check.case_names[0] else []
        held_to = {"": base, " with the imported values": {**base, **imported.get(case, {})}}
        for which, values in held_to.items() if not found else ():
            verdict = judge(check, case, runs["base"][check.name, case], values, given)
            if verdict.outcome is not Outcome.PASSED:
                found.append(f"the reference itself gets {verdict.outcome}{which}: {verdict.message}")
                break
        problems += [f"{place}: {problem}" for problem in found]
    return problems


def _value_problems(check: Check, base: Values, repeated: Values, together: Values) -> list[str]:
    problems = []
    for name, value in base.items():
        plain = plain_name(name, check.seeds)
        if bad := unusable(check, plain, value):
            problems.append(bad)
        elif (apart := gap(value, repeated.get(name))) > tolerance_of(check, name) / ENOUGH:
            problems.append(f'"{plain}" differs between two runs by {apart:.3g}; seed what the probe draws')
        elif (apart := gap(value, together.get(name))) > tolerance_of(check, name) / ENOUGH:
            problems.append(
                f'"{plain}" differs by {apart:.3g} where cases share a process; depend on nothing that others leave, '
                "or add alone=True"
            )
    return problems


def _is_unsteady(assignment: Assignment, check: Check, twin: Check, runs: Mapping[str, Run]) -> bool:
    """Whether right code could fail under the secret seed: the reference does, or its settings differ too much.

    Where they do under published seeds as well, no other seed would help; the author is warned of both.
    """
    if _problems(assignment, twin, runs):
        return True
    return bool(_varying(twin, _spread(twin, runs))) and not _varying(check, _spread(check, runs))


def _spread(check: Check, runs: Mapping[str, Run]) -> dict[str, dict[str, float]]:
    return {case or NO_CASE: {name: max(gap(value, _values(runs[each], check, case).get(name)) for each in VARIANTS)
            for name, value in _values(runs["base"], check, case).items()} for case in check.case_names}  # fmt: skip


def _save(
    assignment: Assignment, check: Check, runs: Mapping[str, Run], random_operations: Run, claimed: Sequence[Claim]
) -> Regenerated:
    old = _stored(assignment, check)
    imported = _imported(old)
    values = {case: {**_values(runs["base"], check, case), **imported.get(case, {})} for case in check.case_names}
    spread = _spread(check, runs)
    warnings = (*_varying(check, spread), *_random(check, random_operations), *told(check, claimed))
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
    """What is saved for a check. A file that is damaged may hold what was imported, which nothing could make again."""
    path = store.path_of(assignment, check)
    try:
        return store.read(path)
    except FileNotFoundError:
        return None
    except store.DAMAGED as error:
        raise AuthorError([f"{path}: damaged ({type(error).__name__}); delete it, then run this again"]) from None


def _imported(saved: Expected | None) -> dict[str | None, dict[str, Value]]:
    """The values of each case that come from a file of the course's: the reference is compared with them."""
    if saved is None:
        return {}
    return {case: {name: value for name, value in named.items() if store.value_name(case, name) in saved.imported}
            for case, named in saved.values.items()}  # fmt: skip


def _meets(assignment: Assignment, check: Check, run: Run, old: Expected) -> bool:
    """Whether the reference passes with the old values, too."""
    given = _given(assignment, check)
    verdicts = (judge(check, case, run[check.name, case], old.values[case], given) for case in check.case_names)
    return all(verdict.outcome is Outcome.PASSED for verdict in verdicts)


def _given(assignment: Assignment, check: Check) -> Mapping[str, Tensor]:
    path = assignment.data_file(check)
    return load_file(path) if path else {}


def _varying(check: Check, spread: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    """A warning for each value that varies too much for its tolerance."""
    most: dict[str, float] = {}
    for each in spread.values():
        for name, apart in each.items():
            plain = plain_name(name, check.seeds)
            most[plain] = max(most.get(plain, 0.0), apart)
    return tuple(
        f'"{name}" varies by {apart:.2g} between settings, too close to the tolerance {tolerance_of(check, name):g}'
        for name, apart in most.items()
        if tolerance_of(check, name) < ENOUGH * apart and not is_free(check, name)
    )


def _random(check: Check, random_operations: Run) -> tuple[str, ...]:
    """A warning where it draws what other machines draw otherwise."""
    listed = (each for case in check.case_names for each in _values(random_operations, check, case).values())
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


def _values(run: Run, check: Check, case: str | None) -> Values:
    result = run[check.name, case].result
    return {} if isinstance(result, Fault) else result
