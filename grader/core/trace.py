"""The student's own lines on the way to an exception: said as data beside student code, shown as anybody's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.core.errors import WireError

MOST = 8  # lines of one exception: the innermost
TEXT_CAP = 160
FUNCTION_CAP = 80
PLACE = re.compile(r"(?:[A-Za-z0-9_./ -]{1,150}\.py|cell [0-9]{1,5}):[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was running: `hw/cnn.py:12` or `cell 3:5`, its function (empty at the top of a file), its text."""

    place: str
    function: str
    text: str

    @property
    def sentence(self) -> str:
        """For a terminal."""
        return f"{self.place}{f' in {self.function}' if self.function else ''}: {self.text}"


def as_lists(trace: Sequence[Line]) -> list[list[str]]:
    """As they can be within a value."""
    return [[line.place, line.function, line.text] for line in trace]


def decode_trace(said: object) -> tuple[Line, ...]:
    """The lines that `as_lists` made lists of, outermost first. Raises `WireError` for all else."""
    if not isinstance(said, list) or len(said) > MOST:
        raise WireError("the lines of a fault are not a short list")
    return tuple(map(_line, said))


def _line(said: object) -> Line:
    match said:
        case [str(place), str(function), str(text)] if PLACE.fullmatch(place):
            if len(function) <= FUNCTION_CAP and len(text) <= TEXT_CAP:
                return Line(place, function, text)
    raise WireError("a line of a fault is not a place, a function and a short text")
