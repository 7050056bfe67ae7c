"""Secret twins: the probe of a check once more, under a seed that students do not have.

Students hold the expected values for the published seeds, so code could return those and do nothing else. A twin asks
for what is in no file of theirs. Its seeds and their expected values are in the folder `secret` and nowhere else; what
leaves the course is searched for them.

Of several seeds a class is asked the first, everybody the same. Where students see at once what became of a submission
and may try again, one is drawn for it: what they learn in many tries is then spread over all.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace

from grader.assignment.assignment import Assignment
from grader.assignment.expected import DAMAGED, read, secret_path
from grader.checks.checks import Check
from grader.checks.criteria import holds_for_any_seed
from grader.checks.seeds import BITS
from grader.core.errors import AuthorError
from grader.core.submission import Submission
from grader.core.verdict import twin_name

LARGEST_DIVISOR = 10
DRAWN = 1000  # seeds to look for one that fits among: with two published ones, one in fourteen does


def has_twin(check: Check) -> bool:
    """Whether its probe takes a seed, and right code meets every criterion of it under any."""
    return bool(check.seeds) and all(map(holds_for_any_seed, check.criteria))


def twin_of(check: Check, seeds: tuple[int, ...]) -> Check:
    """Its twin: hidden, and without points, as it can only take those of the check."""
    return replace(check, name=twin_name(check.name), hidden=True, points=0, seeds=seeds)


def new_seeds(published: Sequence[int], count: int = 1) -> tuple[int, ...]:
    """So many secret seeds of exactly 63 bits, long enough to be looked for byte by byte.

    If possible each leaves other remainders than the published ones when it is divided by small numbers, so that sizes
    that a probe takes from it, such as `3 + seed % 4`, are others too.
    """
    return tuple(_new_seed(published) for _ in range(count))


def _new_seed(published: Sequence[int]) -> int:
    divisors = range(len(published) + 1, LARGEST_DIVISOR + 1)
    for _ in range(DRAWN):
        seed = secrets.randbits(BITS - 1) | 1 << BITS - 1
        if all((seed - each) % divisor for each in published for divisor in divisors):
            break
    return seed


def seeds_to_try(assignment: Assignment, check: Check, *, count: int | None, fresh: bool) -> tuple[int, ...]:
    """The secret seeds for a check: `count`, or as many as it has; those that it has first, unless all are `fresh`.

    Raises `AuthorError` where its file is damaged and its seeds are to stay.
    """
    stored: tuple[int, ...] = ()
    try:
        stored = stored_seeds(assignment, check)
    except AuthorError:
        if not fresh:
            raise
    wanted = count or len(stored) or 1
    kept = () if fresh else stored[:wanted]
    return (*kept, *new_seeds(check.seeds, wanted - len(kept)))


def drawn(seeds: Sequence[int], submission: Submission) -> int:
    """The one of a check's secret seeds that a submission is asked: equal bytes the same, and others no one can tell.

    The seeds themselves are the key: those who know all of them have nothing left to find out.
    """
    key = b"".join(seed.to_bytes(8) for seed in seeds)
    return seeds[int.from_bytes(hmac.digest(key, submission.files_digest.encode(), "sha256")) % len(seeds)]


def twins_of(assignment: Assignment) -> tuple[Check, ...]:
    """The twins of an assignment's checks; none where the folder `secret` is not there, as on students' machines.

    Raises `AuthorError` where a file is missing or damaged.
    """
    if not assignment.secret_folder.is_dir():
        return ()
    twins: list[Check] = []
    problems: list[str] = []
    for check in filter(has_twin, assignment.checks):
        try:
            seeds = stored_seeds(assignment, check)
        except AuthorError as error:
            problems += error.problems
            continue
        if seeds:
            twins.append(twin_of(check, seeds))
        else:
            path = secret_path(assignment, check)
            problems.append(f"{check.where}: no secret seed ({path}); run `grader regenerate {assignment.name}`")
    if problems:
        raise AuthorError(problems)
    return tuple(twins)


def stored_seeds(assignment: Assignment, check: Check) -> tuple[int, ...]:
    """The secret seeds of a check; none where its file is not there.

    Raises `AuthorError` where it is damaged: other seeds in their place would change what a class was graded by.
    """
    path = secret_path(assignment, check)
    try:
        return read(path).seeds
    except FileNotFoundError:
        return ()
    except DAMAGED as error:
        again = f"`grader regenerate {assignment.name} --new-secrets`"
        raise AuthorError([f"{path}: damaged ({type(error).__name__}); restore it, or draw others: {again}"]) from None


def seeds_of(assignment: Assignment) -> tuple[int, ...]:
    """All secret seeds of an assignment. Raises `AuthorError` as `twins_of` does."""
    return tuple(seed for twin in twins_of(assignment) for seed in twin.seeds)
