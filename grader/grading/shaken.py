"""How far the values of one probe are apart where nothing about the code has changed, and which that makes useless.

Every probe is run on the reference in all `VARIANTS`, and `ROUNDED`. What differs between them for right code could
differ for any right code: the author is told of it, and a secret seed for which it does is drawn again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from safetensors.torch import load_file
from torch import Tensor

from grader.assignment.assignment import Assignment
from grader.assignment.expected import NO_CASE
from grader.checks.checks import Check
from grader.checks.loading import unread_problems
from grader.checks.seeds import plain_name
from grader.core.observation import Fault, Observation, Values
from grader.core.verdict import Outcome
from grader.grading.gaps import ENOUGH, gap, is_free, tolerance_of, unusable
from grader.grading.judge import judge

# Settings that must not change what a correct solution gives. The first is the one under which everything is graded;
# the second repeats it with generators that begin elsewhere, as they do for a probe that does not seed them; from the
# third on, cases share a process.
VARIANTS: Mapping[str, Mapping[str, object]] = {
    "base": {},
    "repeated": {"seed": 1},
    "together": {},
    "other kernels": {"threads": 2, "onednn": False},
}
ALONE = ("base", "repeated")
# In these every sum ends in other last digits, more than it would by itself: values may be off by their tolerance, and
# nothing may fail. They go in opposite directions: at a tie, one is likely to fall to the other side.
ROUNDED: Mapping[str, Mapping[str, object]] = {"rounded up": {"rounding": 1}, "rounded down": {"rounding": -1}}

Run = Mapping[tuple[str, str | None], Observation]


def values_of(run: Run, check: Check, case: str | None) -> Values:
    """What a run gave for a case; nothing where it ended with a fault."""
    result = run[check.name, case].result
    return {} if isinstance(result, Fault) else result


def problems_of(assignment: Assignment, check: Check, runs: Mapping[str, Run]) -> list[str]:
    """Why what the reference gave cannot be what students are held to."""
    found: list[str] = []
    data = data_of(assignment, check)
    for case in check.case_names:
        place = check.where if case is None else f"{check.where}[{case}]"
        results = {name: runs[name][check.name, case].result for name in VARIANTS}
        stopped = next(((name, result) for name, result in results.items() if isinstance(result, Fault)), None)
        if stopped:
            name, fault = stopped
            found.append(f"{place}: the reference gets {fault.outcome} ({name}): {fault.message}{_remedy(fault)}")
            continue
        base = values_of(runs["base"], check, case)
        repeated, together = (values_of(runs[name], check, case) for name in ("repeated", "together"))
        if judge(check, case, runs["repeated"][check.name, case], base, data).outcome is Outcome.PASSED:
            repeated = base  # what was drawn otherwise is judged by what it is, not by what the reference drew
        here = [*_value_problems(check, base, repeated, together)]
        here += unread_problems(check, base) if case == check.case_names[0] else []
        verdict = judge(check, case, runs["base"][check.name, case], base, data)
        if verdict.outcome is not Outcome.PASSED and not here:
            here.append(f"the reference itself gets {verdict.outcome}: {verdict.message}")
        found += [f"{place}: {problem}" for problem in here]
    return found


def _remedy(fault: Fault) -> str:
    """What to do where it is not a fault of the code: an array in the place of a tensor, a device that is not here."""
    if "of type ndarray" in fault.message:
        return "; return torch.as_tensor(...) of it from the probe"
    if not re.search(r"CUDA|NVIDIA", fault.message):
        return ""
    return "; it needs a GPU: let the probe take `device` and give it on, or use --device cuda where there is one"


def _value_problems(check: Check, base: Values, repeated: Values, together: Values) -> Iterator[str]:
    for name, value in base.items():
        plain = plain_name(name, check.seeds)
        if bad := unusable(check, plain, value):
            yield bad
        elif (apart := gap(value, repeated.get(name))) > tolerance_of(check, name) / ENOUGH:
            yield f'"{plain}" differs between two runs by {apart:.3g}; seed what the probe draws'
        elif (apart := gap(value, together.get(name))) > tolerance_of(check, name) / ENOUGH:
            yield (
                f'"{plain}" differs by {apart:.3g} where cases share a process; depend on nothing that others leave, '
                "or add alone=True"
            )


def data_of(assignment: Assignment, check: Check) -> Mapping[str, Tensor]:
    """The check's data, as criteria get it."""
    path = assignment.data_file(check)
    return load_file(path) if path else {}


def spread_of(check: Check, runs: Mapping[str, Run]) -> dict[str, dict[str, float]]:
    """By case, the largest difference of each value between the variants."""
    return {case or NO_CASE: {name: max(gap(value, values_of(runs[each], check, case).get(name)) for each in VARIANTS)
            for name, value in values_of(runs["base"], check, case).items()} for case in check.case_names}  # fmt: skip


def varying(check: Check, spread: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
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


def failing(assignment: Assignment, check: Check, runs: Mapping[str, Run]) -> tuple[str, ...]:
    """A warning for each case that the reference passes, and no longer in other last digits."""
    data = data_of(assignment, check)
    verdicts = ((name, judge(check, case, runs[name][check.name, case], values_of(runs["base"], check, case), data))
                for case in check.case_names for name in ROUNDED)  # fmt: skip
    return tuple(
        f"the reference gets {verdict.outcome} for {verdict.name} where sums end in other last digits ({name}): "
        f"{verdict.message}"
        for name, verdict in verdicts
        if verdict.outcome is not Outcome.PASSED
    )


def steady_seeds(assignment: Assignment, check: Check, twin: Check, runs: Mapping[str, Run]) -> Sequence[int]:
    """The secret seeds of a twin under which right code passes; none where a run of all has stopped.

    Not one for which the reference fails, or its variants differ too much. Where they do under published seeds as well,
    no other seed would help; the author is warned of both.
    """
    alone = {seed: (replace(twin, seeds=(seed,)), _of_seed(twin, seed, runs)) for seed in twin.seeds}

    def varies(one: Check, its_runs: Mapping[str, Run]) -> bool:
        return bool(varying(one, spread_of(one, its_runs)) or failing(assignment, one, its_runs))

    anyway = varies(check, runs)
    return [
        seed
        for seed, (one, its_runs) in alone.items()
        if not problems_of(assignment, one, its_runs) and (anyway or not varies(one, its_runs))
    ]


def _of_seed(twin: Check, seed: int, runs: Mapping[str, Run]) -> dict[str, Run]:
    """The runs as if there were no other seed."""

    def only(seen: Observation) -> Observation:
        if isinstance(seen.result, Fault):
            return seen
        kept = {name: value for name, value in seen.result.items() if plain_name(name, (seed,)) != name}
        return replace(seen, result=kept)

    names = (*VARIANTS, *ROUNDED)
    return {name: {(twin.name, case): only(runs[name][twin.name, case]) for case in twin.case_names} for name in names}
