"""The words of a judgement: what can become of a check, and the verdict on one case of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grader.core.drawing import Drawing
from grader.core.points import Points
from grader.core.trace import Line

TWIN = " (secret)"  # after the name of a check, that of its twin: the same probe under secret seeds


class Outcome(StrEnum):
    """What became of one case of one check. Each value belongs to exactly one kind of blame."""

    PASSED = "PASSED"
    WRONG_ANSWER = "WRONG_ANSWER"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    TIME_LIMIT = "TIME_LIMIT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"
    INVALID_RESULT = "INVALID_RESULT"
    MISSING = "MISSING"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"
    GRADER_ERROR = "GRADER_ERROR"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one case of one check: outcome, points, one message and one next step.

    `place`, `missing_module`, `cause` and `trace` are those of the fault, where there was one. `ours` where the trusted
    side made message and next step, and no text of the student's can be in them. `secret` is what became of the case
    under secret seeds, where its points depend on that (see `results.twins`). `drawing` is what a page draws of a wrong
    answer.
    """

    check: str
    case: str | None
    claim: str
    outcome: Outcome
    points: Points
    max_points: Points
    hidden: bool
    seconds: float
    message: str = ""
    next_step: str = ""
    evidence: tuple[str, ...] = ()
    log: str = ""
    place: str = ""
    missing_module: str = ""
    cause: str = ""
    trace: tuple[Line, ...] = ()
    ours: bool = False
    secret: Outcome | None = None
    drawing: Drawing | None = None

    @property
    def name(self) -> str:
        """`check` or `check[case]`, as pytest writes ids."""
        return self.check if self.case is None else f"{self.check}[{self.case}]"


def twin_name(check: str) -> str:
    """The name of a check's twin."""
    return check + TWIN


def is_twin(check: str) -> bool:
    """Whether the name is a twin's."""
    return check.endswith(TWIN)


def own_name(check: str) -> str:
    """The name of the check that this is, or is the twin of."""
    return check.removesuffix(TWIN)


def total(points: Iterable[Fraction]) -> Fraction:
    """The exact sum. Most are one, or have one denominator and are added as whole numbers: that is faster."""
    several = tuple(points)
    if len(several) == 1:
        return several[0]
    numerators: dict[int, int] = {}
    for each in several:
        above, below = each.as_integer_ratio()
        numerators[below] = numerators.get(below, 0) + above
    parts = [Fraction(above, below) for below, above in numerators.items()]
    return parts[0] if len(parts) == 1 else sum(parts, Fraction())
