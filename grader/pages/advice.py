"""What a student should look at, each thing told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.core.verdict import Outcome, Verdict
from grader.results.by_check import CheckResult
from grader.results.outcomes import Look, Tone


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


def advice(checks: Iterable[CheckResult]) -> tuple[Advice, ...]:
    """What a student should fix, each told once, in the order of the checks that it comes from."""
    alike: dict[tuple[Outcome, bool, str], list[CheckResult]] = {}
    texts: dict[tuple[Outcome, bool, str], str] = {}
    for check in checks:
        if check.look.tone in (Tone.WRONG, Tone.FAULT):
            worst = next(each.first for each in check.findings if each.first.outcome is check.outcome)
            text = "" if check.hidden else _advice(check, worst)
            key = check.outcome, check.hidden, worst.cause or text
            alike.setdefault(key, []).append(check)
            texts.setdefault(key, text)
    return tuple(Advice(texts[key], tuple(found)) for key, found in alike.items())


def _advice(check: CheckResult, worst: Verdict) -> str:
    """The next step with the file that it is about, of what is missing with what that is; without one the message."""
    if not (worst.next_step and worst.message):
        return worst.next_step or worst.message or check.look.word
    if worst.outcome is Outcome.MISSING:
        return f"{worst.message}. {worst.next_step}"
    return f"`{worst.place}`: {worst.next_step}" if worst.place else worst.next_step
