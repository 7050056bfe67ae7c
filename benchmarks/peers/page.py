"""The page of the figures: Markdown, and nothing in it that was not measured in this run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.peers.measure import Taken

BASELINE = "baseline"


@dataclass(frozen=True)
class Round:
    """What a class and a small class took in one round."""

    submissions: int
    whole: Taken
    few: int
    small: Taken

    @property
    def wall(self) -> float:
        """Of one submission, its share of the start included."""
        return self.whole.wall / self.submissions

    @property
    def processor(self) -> float:
        """Likewise."""
        return self.whole.processor / self.submissions

    @property
    def further_wall(self) -> float:
        """Of each submission that a class has more."""
        return (self.whole.wall - self.small.wall) / (self.submissions - self.few)

    @property
    def further_processor(self) -> float:
        """Likewise."""
        return (self.whole.processor - self.small.processor) / (self.submissions - self.few)


@dataclass
class Row:
    """One way to grade: its figures, and what became of hostile submissions, by name."""

    name: str
    how: str
    versions: str = ""
    problem: str = ""
    rounds: list[Round] = field(default_factory=list)
    memory: float | None = None
    survived: dict[str, str] = field(default_factory=dict)
    credited: dict[str, str] = field(default_factory=dict)


def costs(rows: Sequence[Row]) -> str:
    """The table of what a submission costs; ratios are medians of those of each round."""
    baseline = next(row for row in rows if row.name == BASELINE)
    heads = ["", "processor", "wall", "processor / baseline", "wall / baseline", "each further: processor",
             "wall", "processor / baseline", "wall / baseline", "memory"]  # fmt: skip
    lines = []
    for row in rows:
        if row.problem:
            lines.append([row.name, f"could not be installed: {row.problem}", *[""] * (len(heads) - 2)])
            continue
        cells = [row.name]
        for seconds in (("processor", "wall"), ("further_processor", "further_wall")):
            cells += [f"{median(row, name):.2f} s" for name in seconds]
            cells += [f"{ratio(row, baseline, name):.2f}" for name in seconds]
        lines.append([*cells, "" if row.memory is None else f"{row.memory:.0f} MiB"])
    return table(heads, lines)


def median(row: Row, name: str) -> float:
    """Of one of the figures of its rounds."""
    return statistics.median(getattr(each, name) for each in row.rounds)


def ratio(row: Row, other: Row, name: str) -> float:
    """The median of the ratios of each round."""
    pairs = zip(row.rounds, other.rounds, strict=True)
    return statistics.median(getattr(mine, name) / getattr(theirs, name) for mine, theirs in pairs)


def behind(rows: Sequence[Row], ours: Sequence[str]) -> list[str]:
    """Each figure in which a peer is ahead of one of ours, as a sentence."""
    words = {
        "processor": "processor time for each submission", "wall": "wall clock for each submission",
        "further_processor": "processor time for each further submission",
        "further_wall": "wall clock for each further submission",
    }  # fmt: skip
    peers = [row for row in rows if row.rounds and row.name not in (*ours, BASELINE)]
    return [
        f"{peer.name} is ahead of {mine.name} by {word}: {median(peer, name):.2f} s and {median(mine, name):.2f} s."
        for mine in rows
        if mine.name in ours
        for peer in peers
        for name, word in words.items()
        if median(peer, name) < median(mine, name)
    ]


def outcomes(rows: Sequence[Row], kind: str, names: Sequence[str]) -> str:
    """The table of what became of hostile submissions: `survived` or `credited`."""
    shown = [row for row in rows if getattr(row, kind)]
    return table(["", *(row.name for row in shown)],
                 [[name, *(getattr(row, kind).get(name, "") for row in shown)] for name in names])  # fmt: skip


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    cells = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in cells)


def survival(taken: Taken, limit: float, points: float | None, other_is_right: bool, marks: Sequence[str]) -> str:
    """What to say of a class with a bad submission, which got `points`: `yes`, or all that went wrong."""
    wrong = [] if taken.ended else [f"not over after {limit:.0f} s"]
    if not other_is_right:
        wrong.append("the other one lacks points")
    if points is None:
        wrong.append("no result for it")
    return "; ".join([*wrong, *marks]) or "yes"


def credit(points: float | None, honest: float | None) -> str:
    """What a forgery gained."""
    if points is None:
        return "no result"
    gained = points - (honest or 0)
    return f"+{gained:.0f} points" if gained > 0.01 else "no"
