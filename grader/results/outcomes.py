"""How outcomes are shown to people: a word, symbols and a tone, never colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.core.verdict import Outcome


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
