"""Which lines of the student's were running when an exception was raised. Beside student code.

Neither ours nor torch's are among them. What a frame says of itself is the student's to choose: all of it is cut here,
and shown as anybody's text.
"""

from __future__ import annotations

import linecache
import os
from pathlib import Path, PurePosixPath
from traceback import walk_tb
from types import FrameType, TracebackType

from grader.core.trace import FUNCTION_CAP, MOST, PLACE, TEXT_CAP, Line

Frames = list[tuple[FrameType, int]]


def student_frames(trace: TracebackType | None, submission: Path) -> Frames:
    """The frames of files below `submission` with their lines, outermost first."""
    below = f"{submission}{os.sep}"
    return [(frame, line) for frame, line in walk_tb(trace) if frame.f_code.co_filename.startswith(below)]


def place_of(frames: Frames, submission: Path) -> tuple[PurePosixPath, int]:
    """The file of the innermost frame, as it is called in the submission, and the line."""
    frame, line = frames[-1]
    return PurePosixPath(Path(frame.f_code.co_filename).relative_to(submission).as_posix()), line


def where(frames: Frames, submission: Path) -> str:
    """` in hw/cnn.py:12 (forward)`; empty where there is no frame."""
    if not frames:
        return ""
    file, line = place_of(frames, submission)
    name = frames[-1][0].f_code.co_name
    return f" in {file}:{line}" + ("" if name == "<module>" else f" ({name})")


def text_of(frames: Frames) -> str:
    """The innermost line."""
    frame, line = frames[-1]
    return _short(linecache.getline(frame.f_code.co_filename, line), TEXT_CAP)


def trace_of(error: BaseException, frames: Frames, submission: Path) -> tuple[Line, ...]:
    """The innermost lines, and the one that Python could not read."""
    lines = [_line(frame, submission) for frame in frames[-MOST:]]
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(submission):
        file = Path(error.filename).relative_to(submission).as_posix()
        lines.append(Line(f"{file}:{error.lineno}", "", _short(str(error.text or ""), TEXT_CAP)))
    return tuple(line for line in lines[-MOST:] if PLACE.fullmatch(line.place))


def _line(frame: tuple[FrameType, int], submission: Path) -> Line:
    file, line = place_of([frame], submission)
    name = frame[0].f_code.co_qualname
    return Line(f"{file}:{line}", "" if name == "<module>" else _short(name, FUNCTION_CAP), text_of([frame]))


def _short(text: str, cap: int) -> str:
    text = text.strip()
    return text if len(text) <= cap else f"{text[: cap - 3]}..."
