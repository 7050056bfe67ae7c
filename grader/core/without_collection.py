"""Large libraries are imported without garbage collection: what they bring stays, and searching it is only work."""

from __future__ import annotations

import atexit
import contextlib
import gc
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Within, no garbage is collected. What there is afterwards never will be.

    Unless this ends in an exception, whose process then ends in order: libraries complain of what they lost.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def end_without_collection() -> None:
    """Have this process end without a search through all that it holds: with torch imported it takes a second."""
    atexit.register(_freeze)


def _freeze() -> None:
    if "triton" not in sys.modules:  # it complains of each of its objects that nobody has collected
        gc.freeze()
