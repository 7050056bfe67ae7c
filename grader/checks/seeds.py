"""Probes that take a `seed`: they run once for each, in one task, and their values come back under names with it.

scores[1]    the value `scores` of the run with seed 1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

PUBLISHED = (1, 2)  # two, so that code which fits one only is found at home
BITS = 63  # what `torch.manual_seed` takes

V = TypeVar("V")


def with_seed(values: Mapping[str, V], seed: int) -> dict[str, V]:
    """The values of one run, under names that tell its seed."""
    return {f"{name}[{seed}]": value for name, value in values.items()}


def of_seed(values: Mapping[str, V], seed: int | None) -> Mapping[str, V]:
    """The way back: what the run with this seed gave; all, where there was one run and no seed."""
    if seed is None:
        return values
    end = f"[{seed}]"
    return {name.removesuffix(end): value for name, value in values.items() if name.endswith(end)}


def plain_name(name: str, seeds: Sequence[int]) -> str:
    """What the probe itself has called a value."""
    end = next((f"[{seed}]" for seed in seeds if name.endswith(f"[{seed}]")), "")
    return name.removesuffix(end)
