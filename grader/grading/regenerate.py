"""Regeneration: the probes of all checks run on the reference solution, shaken; what they give is then expected.

A file whose new values agree with the old ones within a tenth of the tolerance keeps its values, so that another CPU
does not churn it; where the digests agree too, it is not touched.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import torch
from safetensors.torch import load_file
from torch import Tensor

from grader.assignment import expected as store
from grader.assignment.assignment import Assignment
from grader.assignment.expected import NO_CASE, Expected
from grader.checks.checks import Check, unread_problems
from grader.checks.criteria import reads, tolerance
from grader.checks.differences import nonfinite
from grader.core.errors import AuthorError, UsageError
from grader.core.observation import Fault, Observation, Value, Values
from grader.core.verdict import Outcome
from grader.grading.claims import Claim, claims, told
from grader.grading.context import cpu_name
from grader.grading.judge import judge
from grader.grading.observe import observe
from grader.grading.one_thread import one_thread
from grader.grading.reference import read_reference
from grader.grading.tasks import Observed, tasks_of
from grader.sandbox.sandbox import Sandbox

ROUNDING = 1e-3
ENOUGH = 10  # a tolerance should be this many times the spread

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
    assignment: Assignment, sandbox: Sandbox, *, jobs: int, done: Callable[[str], None]
) -> list[Regenerated]:
    """Run every probe on the reference in every variant, and write what changed. `done` hears of each run that ended.

    Raises `AuthorError` with every problem found; then no file has been touched.
    """
    files = read_reference(assignment).files

    def run(name: str, settings: Mapping[str, object]) -> Run:
        observed = {}
        settles = _has_values if name == "together" else None
        tasks = tasks_of(assignment.checks)
        for each in observe(sandbox, assignment, files, tasks, settings=settings, patient=True, settles=settles):
            if each.observation is None:
                raise UsageError(f"{each.task.check.name}: the sandbox failed: {each.trouble}; try again")
            observed[each.task.check.name, each.task.case] = each.observation
        done(name)
        return observed

    with ThreadPoolExecutor(jobs) as pool:
        started = {name: pool.submit(run, name, settings) for name, settings in {**VARIANTS, **LIST_RANDOM}.items()}
        runs = {name: future.result() for name, future in started.items()}
    random_operations = runs.pop(*LIST_RANDOM)
    problems = [problem for check in assignment.checks for problem in _problems(assignment, check, runs)]
    problems += _unasked(assignment)
    if problems:
        raise AuthorError(problems)
    claimed = claims(assignment, lambda check, case: _values(runs["base"], check, case))
    results = [_save(assignment, check, runs, random_operations, claimed) for check in assignment.checks]
    return results + _remove_orphans(assignment)


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


def _problems(assignment: Assignment, check: Check, runs: Mapping[str, Run]) -> list[str]:
    """Why what the reference gave cannot be what students are held to."""
    problems: list[str] = []
    path = assignment.data_file(check)
    given = load_file(path) if path else {}
    for case in check.case_names:
        place = check.where if case is None else f"{check.where}[{case}]"
        results = {name: run[check.name, case].result for name, run in runs.items()}
        stopped = next(((name, result) for name, result in results.items() if isinstance(result, Fault)), None)
        if stopped:
            name, fault = stopped
            problems.append(f"{place}: the reference gets {fault.outcome} ({name}): {fault.message}")
            continue
        base = _values(runs["base"], check, case)
        repeated, together = (_values(runs[name], check, case) for name in ("repeated", "together"))
        found = _value_problems(check, base, repeated, together)
        found += unread_problems(check, base) if case == check.case_names[0] else []
        verdict = judge(check, case, runs["base"][check.name, case], base, given)
        if verdict.outcome is not Outcome.PASSED and not found:
            found.append(f"the reference itself gets {verdict.outcome}: {verdict.message}")
        problems += [f"{place}: {problem}" for problem in found]
    return problems


def _value_problems(check: Check, base: Values, repeated: Values, together: Values) -> list[str]:
    problems = []
    for name, value in base.items():
        if isinstance(value, Tensor) and (bad := nonfinite(name, value)):
            problems.append(f"{bad.message} in the reference; expected values must be finite")
        elif (gap := _gap(value, repeated.get(name))) > _tolerance(check, name) / ENOUGH:
            problems.append(f'"{name}" differs between two runs by {gap:.3g}; seed what the probe draws')
        elif (gap := _gap(value, together.get(name))) > _tolerance(check, name) / ENOUGH:
            problems.append(
                f'"{name}" differs by {gap:.3g} where cases share a process; depend on nothing that others leave, '
                "or add alone=True"
            )
    return problems


def _save(
    assignment: Assignment, check: Check, runs: Mapping[str, Run], random_operations: Run, claimed: Sequence[Claim]
) -> Regenerated:
    values = {case: _values(runs["base"], check, case) for case in check.case_names}
    spread = {case or NO_CASE: {name: max(_gap(value, _values(run, check, case).get(name)) for run in runs.values())
              for name, value in values[case].items()} for case in check.case_names}  # fmt: skip
    warnings = (*_warnings(check, spread, random_operations), *told(check, claimed))
    digest, reference = store.check_digest(assignment, check), store.reference_digest(assignment) or ""
    path = store.path_of(assignment, check)
    made = {"torch": torch.__version__, "python": platform.python_version(), "cpu": cpu_name()}
    new = Expected(values, digest, reference, spread, made)
    try:
        old = store.read(path)
    except Exception:  # absent or damaged: either way there is nothing to keep
        store.write(path, new)
        return Regenerated(check.name, Change.NEW, warnings=warnings)
    largest = _largest_change(check, old, new)
    if largest is not None:
        store.write(path, new)
        return Regenerated(check.name, Change.CHANGED, largest, warnings)
    if (old.digest, old.reference) != (digest, reference):
        store.write(path, Expected(old.values, digest, reference, old.spread, old.made))
        return Regenerated(check.name, Change.SAME_VALUES, warnings=warnings)
    return Regenerated(check.name, Change.UNCHANGED, warnings=warnings)


def _warnings(check: Check, spread: Mapping[str, Mapping[str, float]], random_operations: Run) -> tuple[str, ...]:
    warnings = []
    for name in dict.fromkeys(name for each in spread.values() for name in each):
        most, within = max(each.get(name, 0.0) for each in spread.values()), _tolerance(check, name)
        if within < ENOUGH * most and not _free(check, name):
            warnings.append(f'"{name}" varies by {most:.2g} between settings, too close to the tolerance {within:g}')
    for case in check.case_names:
        for listed in _values(random_operations, check, case).values():
            if isinstance(listed, list) and listed:
                warnings.append(f"draws {', '.join(map(str, listed))}, which differs between CPU makers")
    return tuple(dict.fromkeys(warnings))


def _largest_change(check: Check, old: Expected, new: Expected) -> float | None:
    """The largest change of a value, or None where all agree within a tenth of their tolerance."""
    if {case: set(named) for case, named in old.values.items()} != {
        case: set(named) for case, named in new.values.items()
    }:
        return float("inf")
    gaps = {(case, name): _gap(value, old.values[case][name]) for case, named in new.values.items()
            for name, value in named.items()}  # fmt: skip
    compared = {key: gap for key, gap in gaps.items() if not _free(check, key[1]) or gap == float("inf")}
    moved = [gap for (_, name), gap in compared.items() if gap > _tolerance(check, name) / ENOUGH]
    return max(moved) if moved else None


def _remove_orphans(assignment: Assignment) -> list[Regenerated]:
    names = {check.name for check in assignment.checks}
    orphans = [path for path in sorted(assignment.expected_folder.glob("*.safetensors")) if path.stem not in names]
    for path in orphans:
        path.unlink()
    return [Regenerated(path.stem, Change.REMOVED) for path in orphans]


def _values(run: Run, check: Check, case: str | None) -> Values:
    result = run[check.name, case].result
    return {} if isinstance(result, Fault) else result


def _tolerance(check: Check, name: str) -> float:
    """The absolute tolerance within which `name` is compared with the expected value; 0 for what is compared exactly.

    What no criterion of ours compares (evidence, what a plain function or `accuracy` judges) gets a float32's rounding.
    """
    within = (tolerance(criterion, name) for criterion in check.criteria)
    return next((each for each in within if each is not None), ROUNDING)


def _free(check: Check, name: str) -> bool:
    """Whether a criterion reads `name` without comparing it with an expected value: it may differ between machines."""
    judged = [criterion for criterion in check.criteria if name in (reads(criterion) or ())]
    return bool(judged) and all(tolerance(criterion, name) is None for criterion in judged)


def _gap(first: Value, second: Value) -> float:
    """The largest absolute difference of two values; infinite where they are of different kinds or shapes."""
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        if first.shape != second.shape or first.dtype != second.dtype:
            return float("inf")
        return float((first.double() - second.double()).abs().max()) if first.numel() else 0.0
    if isinstance(first, float) and isinstance(second, float):
        return abs(first - second)
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return max(map(_gap, first, second), default=0.0)
    return 0.0 if type(first) is type(second) and first == second else float("inf")
