"""How outcomes look to people, and what a student may see: shared by the pages and the terminal.

An outcome is never told by colour alone: each has a symbol (and one for terminals without Unicode) and words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from grader.report import Report
from grader.verdict import Outcome, Verdict

PLACE = re.compile(r"[\w./-]{1,100}\.py\b(?::[0-9]+)?")  # a file in a message, with or without its line


class Tone(StrEnum):
    """What colour stands for; also the name of the class in the pages' style."""

    GOOD = "good"
    WRONG = "wrong"
    FAULT = "fault"
    IDLE = "idle"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Look:
    """One outcome for people. `symbol` and `plain` are one column wide; `plain` is ASCII."""

    word: str
    symbol: str
    plain: str
    tone: Tone


LOOKS = {
    Outcome.PASSED: Look("passed", "✓", "+", Tone.GOOD),
    Outcome.WRONG_ANSWER: Look("wrong answer", "✗", "x", Tone.WRONG),
    Outcome.RUNTIME_ERROR: Look("runtime error", "!", "!", Tone.FAULT),
    Outcome.TIME_LIMIT: Look("time limit", "◷", "t", Tone.FAULT),
    Outcome.MEMORY_LIMIT: Look("memory limit", "▣", "m", Tone.FAULT),
    Outcome.OUTPUT_LIMIT: Look("output limit", "≡", "o", Tone.FAULT),
    Outcome.INVALID_RESULT: Look("invalid result", "?", "?", Tone.FAULT),
    Outcome.MISSING: Look("missing", "∅", "-", Tone.FAULT),
    Outcome.NOT_ATTEMPTED: Look("not attempted yet", "○", ".", Tone.IDLE),
    Outcome.GRADER_ERROR: Look("grader error", "◆", "#", Tone.OURS),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Cases of one check that came out alike: a module that does not import is explained once, not ten times."""

    verdicts: tuple[Verdict, ...]

    @property
    def first(self) -> Verdict:
        """Speaks for all: outcome, message, next step and evidence are the same."""
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
        """The one to act on: a grader error before all, then the first that is the student's to mend."""
        outcomes = [verdict.outcome for verdict in self.verdicts]
        if Outcome.GRADER_ERROR in outcomes:
            return Outcome.GRADER_ERROR
        to_mend = [each for each in outcomes if each not in (Outcome.PASSED, Outcome.NOT_ATTEMPTED)]
        if to_mend:
            return to_mend[0]
        return Outcome.NOT_ATTEMPTED if Outcome.NOT_ATTEMPTED in outcomes else Outcome.PASSED

    @property
    def look(self) -> Look:
        """The look of `outcome`."""
        return LOOKS[self.outcome]

    @property
    def points(self) -> Fraction:
        """Exact sum over the cases."""
        return sum((verdict.points for verdict in self.verdicts), Fraction())

    @property
    def max_points(self) -> Fraction:
        """Full marks."""
        return sum((verdict.max_points for verdict in self.verdicts), Fraction())

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
        """The cases by what came of them: what is to mend first, what passed last, else in order."""
        alike: dict[tuple[object, ...], list[Verdict]] = {}
        for each in self.verdicts:
            alike.setdefault((each.outcome, each.message, each.next_step, each.evidence), []).append(each)
        findings = [Finding(tuple(verdicts)) for verdicts in alike.values()]
        return tuple(sorted(findings, key=lambda finding: finding.first.outcome is Outcome.PASSED))


@dataclass(frozen=True, slots=True)
class Advice:
    """What to look at, and the checks to which it belongs, all of one look; of hidden checks there is no `text`."""

    text: str
    checks: tuple[CheckResult, ...]

    @property
    def look(self) -> Look:
        """The look of the common outcome."""
        return self.checks[0].look

    @property
    def hidden(self) -> bool:
        """Whether it is of hidden checks."""
        return self.checks[0].hidden


def by_check(verdicts: Iterable[Verdict]) -> tuple[CheckResult, ...]:
    """The verdicts of each check together, checks in the order of their first verdict."""
    checks: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        checks.setdefault(verdict.check, []).append(verdict)
    return tuple(CheckResult(tuple(cases)) for cases in checks.values())


def advice(checks: Iterable[CheckResult]) -> tuple[Advice, ...]:
    """What a student should mend, each told once, in the order of the checks that it comes from."""
    alike: dict[tuple[Outcome, bool, str], list[CheckResult]] = {}
    for check in checks:
        if check.look.tone in (Tone.WRONG, Tone.FAULT):
            text = "" if check.hidden else _advice(check)
            alike.setdefault((check.outcome, check.hidden, text), []).append(check)
    return tuple(Advice(text, tuple(found)) for (_, _, text), found in alike.items())


def for_student(report: Report) -> Report:
    """The report with hidden verdicts reduced to name, outcome and points.

    Their texts are gone rather than passed over, so that no template or table can show them by mistake. Case ids often
    name the parameters that are tested, so they become numbers.
    """
    verdicts = []
    seen: dict[str, int] = {}
    for verdict in report.verdicts:
        if verdict.hidden:
            seen[verdict.check] = number = seen.get(verdict.check, 0) + 1
            case = None if verdict.case is None else str(number)
            verdict = replace(verdict, case=case, claim="", seconds=0.0, message="", next_step="", evidence=(), log="")
        verdicts.append(verdict)
    return replace(report, verdicts=tuple(verdicts))


def _advice(check: CheckResult) -> str:
    """The next step with the file that it is about, of what is missing with what that is; without one the message."""
    worst = next(each.first for each in check.findings if each.first.outcome is check.outcome)
    if not (worst.next_step and worst.message):
        return worst.next_step or worst.message or check.look.word
    if worst.outcome is Outcome.MISSING:
        return f"{worst.message}. {worst.next_step}"
    places = PLACE.findall(worst.message) if check.look.tone is Tone.FAULT else []
    # Before the line there may stand a file that only imports the broken one.
    exact = [place for place in places if ":" in place] or places
    return f"`{exact[0]}`: {worst.next_step}" if exact else worst.next_step
