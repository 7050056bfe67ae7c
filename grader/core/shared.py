"""Equal values that are in memory once: most of what the reports of a class say is the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


def shared_mapping(items: Iterable[tuple[str, T]]) -> Mapping[str, T]:
    """The same mapping for equal items, which nobody changes."""
    return _mapping(tuple(items))


@lru_cache(maxsize=1 << 12)
def _mapping(items: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
    return dict(items)
