"""Notes on what of a submission is not used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.core.text import printable

SHOWN = 3
GIVEN_OUT = "still as given out"


@dataclass(slots=True)
class LeftAside:
    """Files of a submission that are not used, by the reason."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, *names: str) -> None:
        """Leave some aside."""
        if names:
            self.names.setdefault(reason, []).extend(names)

    def told(self) -> tuple[str, ...]:
        """A note for each reason."""
        return tuple(f"left aside: {listed(names)}: {reason}" for reason, names in self.names.items())


def listed(names: Sequence[str]) -> str:
    """The first of some files, fit to show, and how many more there are."""
    shown = [f"`{printable(name)}`" for name in sorted(names)[:SHOWN]]
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    *some, last = [*shown, *more]
    return f"{', '.join(some)} and {last}" if some else last
