"""Statistical criteria: right samples pass however they are seeded, wrong ones do not, and both are told in numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from grader import normal, uniform
from grader.checks.criterion import Criterion
from grader.checks.differences import Unmet

SEEDS = 2000
SIZE = 2000


def judged(criterion: Criterion, sample: Any, shape: tuple[int, ...] = (SIZE,)) -> Unmet | None:
    """What the criterion says of `sample` where the reference gave a tensor of `shape`."""
    found = criterion({"w": sample}, {"w": torch.zeros(shape)}, {})
    assert not isinstance(found, str)
    return found


def draws(seed: int, size: int = SIZE) -> tuple[Tensor, Tensor]:
    """Draws from N(0, 1) and U(-1, 1)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(size, generator=generator), torch.rand(size, generator=generator) * 2 - 1


def test_two_thousand_seeds_of_right_draws_never_fail() -> None:
    """The false-alarm rate is far below one in 2,000, for both criteria."""
    assert not [
        seed
        for seed in range(SEEDS)
        if judged(normal("w", std=1.0), draws(seed)[0]) or judged(uniform("w", -1, 1), draws(seed)[1])
    ]


@pytest.mark.parametrize("false_alarm", [0.5, 0.05])
def test_right_draws_fail_no_more_often_than_promised(false_alarm: float) -> None:
    """At a rate that 2,000 seeds can show."""
    normals = [seed for seed in range(SEEDS) if judged(normal("w", 1.0, false_alarm=false_alarm), draws(seed)[0])]
    uniforms = [seed for seed in range(SEEDS) if judged(uniform("w", -1, 1, false_alarm), draws(seed)[1])]
    assert len(normals) <= false_alarm * SEEDS
    assert len(uniforms) <= false_alarm * SEEDS


@pytest.mark.parametrize("factor", [math.sqrt(2), math.sqrt(0.5)], ids=["too large", "too small"])
def test_a_spread_wrong_by_the_root_of_two_is_always_found(factor: float) -> None:
    """As when a variance of 2/n is drawn for 1/n."""
    missed = [
        seed
        for seed in range(SEEDS)
        if not judged(normal("w", std=1.0), factor * draws(seed)[0])
        or not judged(uniform("w", -1, 1), factor * draws(seed)[1])
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (draws(0)[0] * 0.01, "the square of the right one"),
        (draws(0)[0] * math.sqrt(0.1), "the square root of the right one"),
        (draws(0)[0] * 0.1 * math.sqrt(2), "too large by about √2"),
        (draws(0)[0] * 0.1 / math.sqrt(2), "too small by about √2"),
        (draws(0)[0] * 0.1 + 0.05, "Look at the mean"),
        (torch.full((SIZE,), 0.1) * torch.tensor([1, -1]).repeat(SIZE // 2), "Draw every value independently"),
        (torch.zeros(SIZE), "standard deviation that you draw with"),
    ],
)
def test_a_wrong_normal_sample_is_told_what_it_looks_like(sample: Tensor, words: str) -> None:
    """The guess names the likely mistake."""
    found = judged(normal("w", std=0.1), sample)
    assert found
    assert words in found.next_step


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (draws(0)[0], "outside [-1, 1]"),
        (draws(0)[1].abs(), "the smallest of the 2,000 values of `w` is 0.0"),
        (draws(0)[1] * 0.97, "the smallest of the 2,000 values of `w` is -0.9"),
        (draws(0)[1].clamp_max(0.97), "the largest of the 2,000 values of `w` is 0.97"),
        (draws(0, 4000)[0].tanh(), "crowd at the ends"),
        (draws(0)[1] ** 3, "crowd in the middle"),
        (torch.where(draws(0)[1].abs() < 0.5, -draws(0)[1].abs(), draws(0)[1]), "not spread like draws from U(-1, 1)"),
    ],
    ids=["outside", "half", "narrow", "cut off", "tanh", "cube", "lopsided"],
)
def test_a_wrong_uniform_sample_is_told_where(sample: Tensor, words: str) -> None:
    """Values outside, ends that are never reached, a wrong spread, a wrong shape."""
    found = judged(uniform("w", -1, 1), sample, tuple(sample.shape))
    assert found
    assert words in found.message


def test_the_tanh_of_normal_draws_is_never_taken_for_uniform() -> None:
    """It stays between the limits, and its distribution function is nowhere off by more than 0.044."""
    taken = [seed for seed in range(SEEDS) if not judged(uniform("w", -1, 1), draws(seed, 4000)[0].tanh(), (4000,))]
    assert taken == []


@pytest.mark.parametrize("criterion", [normal("w", std=1.0), uniform("w", -1, 1)], ids=["normal", "uniform"])
@pytest.mark.parametrize(
    "sample",
    [None, "0.3", [0.1], 0.1, torch.zeros(SIZE, dtype=torch.long), torch.zeros(1), torch.zeros(0),
     torch.full((SIZE,), math.nan), torch.full((SIZE,), math.inf)],
    ids=["None", "text", "list", "number", "whole", "one", "none", "nan", "inf"],
)  # fmt: skip
def test_what_is_not_a_sample_is_refused(criterion: Criterion, sample: object) -> None:
    """A small sample would hide what is wrong, so its shape must be the reference's."""
    assert judged(criterion, sample)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(width=32), min_size=1, max_size=30), st.sampled_from([torch.float16, torch.float64]))
def test_any_numbers_are_judged(values: list[float], dtype: torch.dtype) -> None:
    """A criterion never raises, whatever it is given."""
    sample = torch.tensor(values, dtype=torch.float64).to(dtype)
    for criterion in (normal("w", std=1.0), uniform("w", -1, 1)):
        assert isinstance(judged(criterion, sample, tuple(sample.shape)), Unmet | None)
