"""What a person should know of some students before the grades go out."""

from __future__ import annotations

from dataclasses import dataclass

from grader.core.text import some_of


@dataclass(frozen=True, slots=True)
class Caution:
    """What is odd, of whom, and what to do about it; `whose` are ids, some with more words: `101 (25 of 20)`."""

    said: str
    whose: tuple[str, ...] = ()
    advice: str = ""

    def sentence(self, most: int | None = None) -> str:
        """On one line, with `most` of those whom it concerns named; None for all."""
        named = some_of(self.whose, len(self.whose) if most is None else most)
        whole = f"{self.said}: {named}" if named else self.said
        return f"{whole}; {self.advice}" if self.advice else whole
