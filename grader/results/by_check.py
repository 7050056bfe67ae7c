"""The verdicts of a report by check, and of a check by like results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from grader.core.verdict import Outcome, Verdict, total
from grader.results.outcomes import LOOKS, Look


def by_check(verdicts: Iterable[Verdict]) -> tuple[CheckResult, ...]:
    """The verdicts of each check together, checks in the order of their first verdict."""
    checks: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        checks.setdefault(verdict.check, []).append(verdict)
    return tuple(CheckResult(tuple(cases)) for cases in checks.values())


def told_alike(verdict: Verdict) -> tuple[object, ...]:
    """What verdicts have in common that are told once: the cause, where it is known, else all that is said."""
    said = (verdict.message, verdict.next_step, verdict.evidence)
    return verdict.outcome, verdict.cause or said


@dataclass(frozen=True, slots=True)
class Finding:
    """Cases of one check with the same result: a module that does not import is explained once, not ten times."""

    verdicts: tuple[Verdict, ...]

    @property
    def first(self) -> Verdict:
        """Speaks for all: outcome and cause are the same, or all that is said."""
        return self.verdicts[0]

    @property
    def look(self) -> Look:
        """The look of the common outcome."""
        return LOOKS[self.first.outcome]

    @property
    def cases(self) -> tuple[str, ...]:
        """The ids of the cases; empty for a check without any."""
        return tuple(verdict.case for verdict in self.verdicts if verdict.case is not None)

    @property
    def name(self) -> str:
        """As pytest writes it, with every case: `cnn_forward[plain, stride]`."""
        return f"{self.first.check}[{', '.join(self.cases)}]" if self.cases else self.first.check


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All verdicts on one check."""

    verdicts: tuple[Verdict, ...]

    @property
    def name(self) -> str:
        """The check's id."""
        return self.verdicts[0].check

    @property
    def claim(self) -> str:
        """The sentence the student reads; the same for every case."""
        return self.verdicts[0].claim

    @property
    def hidden(self) -> bool:
        """Whether students see outcome and points only."""
        return any(verdict.hidden for verdict in self.verdicts)

    @property
    def outcome(self) -> Outcome:
        """The one to act on: a grader error before all, then the first that is the student's to fix."""
        outcomes = [verdict.outcome for verdict in self.verdicts]
        if Outcome.GRADER_ERROR in outcomes:
            return Outcome.GRADER_ERROR
        to_fix = [each for each in outcomes if each not in (Outcome.PASSED, Outcome.NOT_ATTEMPTED)]
        if to_fix:
            return to_fix[0]
        return Outcome.NOT_ATTEMPTED if Outcome.NOT_ATTEMPTED in outcomes else Outcome.PASSED

    @property
    def look(self) -> Look:
        """The look of `outcome`."""
        return LOOKS[self.outcome]

    @property
    def points(self) -> Fraction:
        """Exact sum over the cases."""
        return total(verdict.points for verdict in self.verdicts)

    @property
    def max_points(self) -> Fraction:
        """Full marks."""
        return total(verdict.max_points for verdict in self.verdicts)

    @property
    def seconds(self) -> float:
        """Sum over the cases."""
        return sum(verdict.seconds for verdict in self.verdicts)

    @property
    def passed(self) -> int:
        """How many cases are met."""
        return sum(verdict.outcome is Outcome.PASSED for verdict in self.verdicts)

    @property
    def partly(self) -> bool:
        """Some cases are met and some are not."""
        return 0 < self.passed < len(self.verdicts)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The cases by what came of them: what needs fixing first, what passed last, else in order."""
        alike: dict[tuple[object, ...], list[Verdict]] = {}
        for each in self.verdicts:
            alike.setdefault(told_alike(each), []).append(each)
        findings = [Finding(tuple(verdicts)) for verdicts in alike.values()]
        return tuple(sorted(findings, key=lambda finding: finding.first.outcome is Outcome.PASSED))
