"""What a regeneration makes of each file of expected values, known before anything is written.

A file whose new values agree with the old ones within a tenth of the tolerance stays as it is, so that neither another
CPU nor a change that moves nothing churns it. Where its digests are others by now, it is confirmed instead (see
`assignment.confirmed`).
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import torch

from grader.assignment import expected as store
from grader.assignment.assignment import Assignment
from grader.assignment.confirmed import Confirmed, read_confirmed, write_confirmed
from grader.assignment.expected import Expected
from grader.checks.checks import Check
from grader.core.digest import digest
from grader.core.errors import AuthorError
from grader.core.observation import Value, Values
from grader.core.verdict import Outcome
from grader.grading.context import cpu_name
from grader.grading.gaps import ENOUGH, gap, is_free, tolerance_of
from grader.grading.judge import judge
from grader.grading.shaken import Run, data_of, spread_of, values_of


class Change(StrEnum):
    """What becomes of one file of expected values."""

    NEW = "new"
    CHANGED = "changed"
    SAME_VALUES = "same values"
    UNCHANGED = "unchanged"
    REMOVED = "removed, no such check"


@dataclass(frozen=True, slots=True)
class Regenerated:
    """What becomes of the file of one check, how far values of its cases move, and what the author should know.

    `moved` has the cases with other values than before, each with its largest change; infinite where no number says it.
    """

    check: str
    change: Change
    moved: Mapping[str | None, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def largest(self) -> float:
        """The largest change of a value."""
        return max(self.moved.values(), default=0.0)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is to be done with one file: `new` is written, or it is `confirmed`, or it goes, or it stays."""

    result: Regenerated
    path: Path
    new: Expected | None = None
    confirmed: Confirmed | None = None


def renewal_of(assignment: Assignment, check: Check, runs: Mapping[str, Run], warnings: tuple[str, ...]) -> Renewal:
    """What the `runs` of a check make of its file. Raises `AuthorError` where that is damaged."""
    old, path = stored(assignment, check), store.path_of(assignment, check)
    imported = imported_values(old)
    values = {case: {**values_of(runs["base"], check, case), **imported.get(case, {})} for case in check.case_names}
    digests = store.check_digest(assignment, check), store.reference_digest(assignment) or ""
    made = {"torch": torch.__version__, "python": platform.python_version(), "cpu": cpu_name()}
    new = Expected(values, *digests, spread_of(check, runs), made, check.seeds, old.imported if old else ())
    if old is None:
        return Renewal(Regenerated(check.name, Change.NEW, warnings=warnings), path, new)
    if moved := _moved(assignment, check, runs["base"], old.values, values):
        return Renewal(Regenerated(check.name, Change.CHANGED, moved, warnings), path, new)
    if (old.digest, old.reference) != digests:
        result = Regenerated(check.name, Change.SAME_VALUES, warnings=warnings)
        return Renewal(result, path, confirmed=Confirmed(digest(path.read_bytes()), *digests))
    return Renewal(Regenerated(check.name, Change.UNCHANGED, warnings=warnings), path)


def orphans(assignment: Assignment, checks: Iterable[Check]) -> list[Renewal]:
    """The files of which there is no check any more."""
    kept = {store.path_of(assignment, check) for check in checks}
    folders = (assignment.expected_folder, assignment.secret_folder)
    paths = [path for each in folders for path in sorted(each.glob("*.safetensors")) if path not in kept]
    return [Renewal(Regenerated(path.stem, Change.REMOVED), path) for path in paths]


def write(assignment: Assignment, renewals: Collection[Renewal]) -> None:
    """Do all of it. Files whose values stay are not touched."""
    for each in renewals:
        if each.new:
            store.write(each.path, each.new)
        elif each.result.change is Change.REMOVED:
            each.path.unlink()
    for folder in (assignment.expected_folder, assignment.secret_folder):
        found = {each.path.stem: each.confirmed for each in renewals if each.path.parent == folder and each.confirmed}
        both = {**read_confirmed(folder), **found}
        write_confirmed(folder, {name: each for name, each in both.items() if _stands(each, folder, name)})


def _stands(confirmed: Confirmed, folder: Path, name: str) -> bool:
    """Whether it is of the file that is there, and says more than that does."""
    path = folder / f"{name}.safetensors"
    if not path.is_file() or confirmed.file != digest(path.read_bytes()):
        return False
    own = store.as_written(path)
    return (own.digest, own.reference) != (confirmed.digest, confirmed.reference)


def stored(assignment: Assignment, check: Check) -> Expected | None:
    """What is saved for a check. A damaged file may hold what was imported, which nothing could make again.

    Not a twin's, whose damaged file is only read where all its seeds are drawn anew. Raises `AuthorError`.
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


def imported_values(saved: Expected | None) -> dict[str | None, dict[str, Value]]:
    """The values of each case that come from a file of the course's: the reference is compared with them."""
    if saved is None:
        return {}
    return {case: {name: value for name, value in named.items() if store.value_name(case, name) in saved.imported}
            for case, named in saved.values.items()}  # fmt: skip


def _moved(
    assignment: Assignment, check: Check, run: Run, old: Mapping[str | None, Values], new: Mapping[str | None, Values]
) -> dict[str | None, float]:
    """The cases whose values do not agree within a tenth of their tolerance, with the largest change of each.

    Those, too, that the reference no longer passes with the old values: a function of the author's may look more
    closely.
    """
    given, found = data_of(assignment, check), {}
    for case in {**new, **old}:
        if case not in old or case not in new or old[case].keys() != new[case].keys():
            found[case] = float("inf")
        elif moved := _apart(check, old[case], new[case]):
            found[case] = max(moved)
        elif judge(check, case, run[check.name, case], old[case], given).outcome is not Outcome.PASSED:
            found[case] = 0.0
    return found


def _apart(check: Check, old: Values, new: Values) -> Sequence[float]:
    """How far each value has moved that has moved at all."""
    gaps = {name: gap(value, old[name]) for name, value in new.items()}
    compared = {name: apart for name, apart in gaps.items() if not is_free(check, name) or apart == float("inf")}
    return [apart for name, apart in compared.items() if apart > tolerance_of(check, name) / ENOUGH]
