"""Judging: from an observation to a verdict, in the trusted process. Knows nothing of files and processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from torch import Tensor

from grader.checks.checks import Check
from grader.checks.criterion import Criterion, drawing, is_ours, name_of, reads
from grader.checks.differences import UNREGISTERED, Rank, Unmet, first_difference
from grader.checks.evidence import SAME_LAYERS, of_layers
from grader.checks.seeds import of_seed
from grader.core.observation import Fault, Observation, Value, Values
from grader.core.verdict import Outcome, Verdict

# The most values of a tensor that a criterion is asked to look at, where the reference has not more. A result may hold
# four times as many small ones, and criteria count in numbers of eight bytes: a gigabyte for each check under way.
VALUES = 1 << 24


def judge(check: Check, case: str | None, seen: Observation, expected: Values, given: Mapping[str, Tensor]) -> Verdict:
    """The verdict on one case: full points where every criterion is met, else none and the first unmet one's reason."""
    if isinstance(seen.result, Fault):
        fault = seen.result
        stopped = verdict(check, case, fault.outcome, seen, fault.message, fault.next_step, ours=not fault.quoted)
        stopped = replace(stopped, place=fault.place, missing_module=fault.missing_module)
        return replace(stopped, cause=fault.cause, trace=fault.trace)
    if large := _too_large(seen.result, expected):
        return verdict(check, case, Outcome.INVALID_RESULT, seen, large, "Look at the shape of what you return.")
    for seed in check.seeds or (None,):
        found = _judge_run(check, case, seen, of_seed(seen.result, seed), of_seed(expected, seed), given)
        if found.outcome is not Outcome.PASSED:
            known = seed is not None and not check.is_twin
            return replace(found, message=f"with seed {seed}: {found.message}") if known else found
    return verdict(check, case, Outcome.PASSED, seen)


def _judge_run(
    check: Check, case: str | None, seen: Observation, values: Values, expected: Values, given: Mapping[str, Tensor]
) -> Verdict:
    """The verdict on the values that one run of the probe gave: of what is unmet, what explains the rest is told."""
    unmet: list[tuple[Unmet, Criterion]] = []
    for criterion in check.criteria:
        absent = [name for name in reads(criterion) or () if name not in values]
        if absent and not unmet:
            return verdict(check, case, Outcome.INVALID_RESULT, seen, f"the result lacks `{absent[0]}`", ours=True)
        if absent:
            break
        try:
            reason = criterion(values, expected, given)
            if not (reason is None or isinstance(reason, str | Unmet)):
                raise TypeError(f"it returned {reason!r}; return None, a reason or an Unmet")
        except Exception as error:  # an author's function; nothing it does may cost a student points or end a batch
            if unmet:  # it was made for values that meet those before it
                break
            said = f"{check.where}: the criterion {name_of(criterion)} raised {type(error).__name__}: {error}"
            if _holds(criterion, expected, given):  # it works on the reference's values, so these are the odd ones
                return verdict(check, case, Outcome.INVALID_RESULT, seen, f"what came back cannot be judged: {error}")
            return verdict(check, case, Outcome.GRADER_ERROR, seen, said, "Tell the course staff.")
        if reason is not None:
            unmet.append((Unmet(reason) if isinstance(reason, str) else reason, criterion))
        if unmet and unmet[0][0].outcome is not Outcome.WRONG_ANSWER:
            break
    if not unmet:
        return verdict(check, case, Outcome.PASSED, seen)
    first, criterion = min(unmet, key=lambda each: _rank(*each))
    ours = not _reads_text(criterion, values, expected)
    found, about = evidence(check, values, expected), of_layers(values, expected)
    next_step = first.next_step or " ".join(filter(None, (first.guess, check.hint)))
    if about == UNREGISTERED and first.rank > Rank.NONFINITE:
        next_step = about
    if about == SAME_LAYERS and first.rank is Rank.VALUES and not first.guess:
        found = (*found, f"layers: {about}")
    told = verdict(check, case, first.outcome, seen, first.message, next_step, found, ours=ours)
    return told if check.hidden else replace(told, drawing=drawing(criterion, values, expected))


def _rank(unmet: Unmet, criterion: Criterion) -> Rank:
    """An author's own criterion knows more of a shape than ours: what stands before others is told before them."""
    return unmet.rank if is_ours(criterion) else min(unmet.rank, Rank.SHAPE)


def _reads_text(criterion: Criterion, seen: Values, expected: Values) -> bool:
    """Whether what the criterion reads has text of the student's in it, which its reason may then quote.

    A plain function may read all values, and their names: those that the reference does not have are the student's.
    """
    names = reads(criterion)
    if names is None and not seen.keys() <= expected.keys():
        return True
    return any(_has_text(seen[name]) for name in (seen if names is None else names))


def _has_text(value: Value) -> bool:
    return any(map(_has_text, value)) if isinstance(value, list) else isinstance(value, str)


def _too_large(seen: Values, expected: Values) -> str | None:
    """A sentence on the tensor that is far larger than any of the reference's."""
    most = max([VALUES, *(value.numel() for value in expected.values() if isinstance(value, Tensor))])
    sizes = {name: value.numel() for name, value in seen.items() if isinstance(value, Tensor)}
    large = next((name for name, size in sizes.items() if size > most), None)
    return None if large is None else f"`{large}` has {sizes[large]:,} values, far more than a correct answer has"


def _holds(criterion: Criterion, expected: Values, given: Mapping[str, Tensor]) -> bool:
    try:
        return criterion(expected, expected, given) is None
    except Exception:
        return False


def verdict(
    check: Check,
    case: str | None,
    outcome: Outcome,
    seen: Observation | None = None,
    message: str = "",
    next_step: str = "",
    evidence: tuple[str, ...] = (),
    *,
    ours: bool = False,
) -> Verdict:
    """A verdict on one case of a check; `seen` is None where nothing was run. For `ours` see `Verdict`."""
    return Verdict(
        check=check.name,
        case=case,
        claim=check.claim,
        outcome=outcome,
        points=check.points_per_case if outcome is Outcome.PASSED else Fraction(),
        max_points=check.points_per_case,
        hidden=check.hidden,
        seconds=round(seen.seconds, 3) if seen else 0.0,
        message=message,
        next_step=next_step,
        evidence=evidence,
        log=seen.log if seen else "",
        ours=ours,
    )


def evidence(check: Check, seen: Values, expected: Values) -> tuple[str, ...]:
    """Where the values that no criterion reads first differ from the reference's: never scores, only shows."""
    names = [reads(criterion) for criterion in check.criteria]
    judged = {name for each in names for name in each or ()}
    lines = []
    for name in expected:
        if name not in judged and name in seen and (where := first_difference(seen[name], expected[name])):
            lines.append(f"{name}: {where}")
    return tuple(lines)
