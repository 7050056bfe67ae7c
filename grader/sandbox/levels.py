"""Which sandbox level this machine supports, and why not a better one."""

from __future__ import annotations

from pathlib import Path

from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.kernel.forks import FORKS

NEEDS_LINUX = "the other levels need Linux, or WSL"


def why_not(level: Level) -> str | None:
    """Why this machine does not support the level, and what to do about it; None where it does."""
    if level is Level.SEPARATE:
        return None
    if not FORKS:
        return NEEDS_LINUX
    from grader.sandbox import walls

    return walls.why_not_isolated() if level is Level.ISOLATED else walls.why_not_restricted()


def best_level() -> tuple[Level, str | None]:
    """The best level that this machine supports, and why not the one above it."""
    if not FORKS:
        return Level.SEPARATE, NEEDS_LINUX
    reason = None
    for level in Level:
        if (next_reason := why_not(level)) is None:
            return level, reason
        reason = f"not {level}: {next_reason}" if reason is None else f"{reason}; not {level}: {next_reason}"
    raise AssertionError("every machine supports the last level")


def refuse_shown(level: Level, *secrets: Path) -> None:
    """Raise `UsageError` where students' code at this level could read one of these paths, made already or not."""
    if level is Level.SEPARATE:
        return
    from grader.sandbox.room import shown_by

    for secret in secrets:
        if bound := shown_by(secret):
            raise UsageError(f"{secret}: every room shows {bound}, so students could read it; move it elsewhere")
