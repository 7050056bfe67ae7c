"""A written answer as it was read: its text, what was wrong with it, and whether it is still the template."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """`text` is None where nothing was read; then `problem` says why there is none, where there should be one.

    With a text, `problem` says what its author should correct. `untouched` where it is still the template.
    """

    text: str | None
    problem: str = ""
    untouched: bool = False
