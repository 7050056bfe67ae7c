"""Large libraries are imported without garbage collection: what they bring stays, and searching it is only work."""

from __future__ import annotations

import contextlib
import gc
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
