"""A progress bar in plain text. Given and complete."""

import sys
import time
from collections.abc import Iterator
from typing import Any

WIDTH = 30
SECONDS_BETWEEN = 0.2


def progress(items: Any, label: str, *, shown: bool = True) -> Iterator[Any]:
    """Yield every item, and show on the error stream how many of them are done.

    A terminal sees one moving line; a file gets only the last state.

    Args:
        items: anything with a length that a loop can go through: a DataLoader, a list, a range.
        label: stands before the bar.
        shown: False for no bar at all.
    """
    total, drawn, moving = len(items), 0.0, sys.stderr.isatty()
    done = 0
    for done, item in enumerate(items, start=1):
        yield item
        if shown and moving and time.monotonic() - drawn > SECONDS_BETWEEN:
            drawn = time.monotonic()
            print(f"\r{_bar(label, done, total)}", end="", file=sys.stderr, flush=True)
    if shown:
        print(("\r" if moving else "") + _bar(label, done, total), file=sys.stderr, flush=True)


def _bar(label: str, done: int, total: int) -> str:
    full = WIDTH * done // total if total else WIDTH
    return f"{label:<10} |{'#' * full}{' ' * (WIDTH - full)}| {done}/{total}"
