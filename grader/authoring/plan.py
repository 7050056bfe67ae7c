"""What an audit is to try: the mutants that are asked for, and which of them the handout allows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.assignment.assignment import Assignment
from grader.authoring.equivalents import equivalents
from grader.authoring.mutants import Mutant, mutants_of
from grader.authoring.rewrites import read_rewrites
from grader.core.errors import UsageError
from grader.core.submission import Submission
from grader.grading.reference import read_reference


@dataclass(frozen=True, slots=True)
class Plan:
    """Of the mutants `made` of the reference those that are `chosen`, and other right solutions by name.

    `equivalent` is as `equivalents` gives it.
    """

    reference: Submission
    made: int
    chosen: Sequence[Mutant]
    equivalent: Mapping[str, str]
    rewrites: Mapping[str, Submission]


def plan_audit(assignment: Assignment, *, only: Sequence[str] = (), limit: int | None = None) -> Plan:
    """All mutants, or those in the functions, files and cells `only`, and of these at most `limit` of all kinds.

    Raises `UsageError` where there are none; `AuthorError` for wrong lists of equivalent mutants or of rewrites.
    """
    reference = read_reference(assignment)
    mutants = mutants_of(reference, assignment.manifest)
    if not mutants:
        raise UsageError(
            f"{assignment.name}: its reference solution has no code to make a mistake in; look at its files"
        )
    known = sorted({name for each in mutants for name in (each.function, each.place)})
    for name in only:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5) or known
            raise UsageError(f"--only {name}: no mistake can be made there; name one of {', '.join(near)}")
    chosen = [each for each in mutants if not only or {each.function, each.place}.intersection(only)]
    equivalent, rewrites = equivalents(assignment, mutants), read_rewrites(assignment, reference)
    return Plan(reference, len(mutants), chosen[:limit], equivalent, rewrites)
