"""Whether a sample looks drawn from a distribution, with a false-alarm rate that is a proven bound, not an estimate.

Each test is a concentration inequality that holds for every sample size, so a correct solution fails at most as often
as stated, on any machine:

- location of normal values: P(|Z| > t) <= 2 exp(-t^2 / 2) for the standardised mean Z;
- spread of normal values: the chi-square bounds of Laurent and Massart, "Adaptive estimation of a quadratic functional
  by model selection", Annals of Statistics 28 (2000), Lemma 1;
- ends of a uniform interval: the largest of n draws is below a share 1 - g of it with probability (1 - g)^n, exactly;
- spread of uniform values: Bernstein's inequality for the squared distances from the middle, which are bounded (for
  example Boucheron, Lugosi and Massart, "Concentration Inequalities", 2013, section 2.8);
- shape: the distance of the empirical distribution function, by Dvoretzky, Kiefer and Wolfowitz with the constant of
  Massart, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality", Annals of Probability 18 (1990).

The rate is split evenly among the tests of one sample. Elements must be independent draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from grader.checks.differences import Unmet

LIMITS = "Look at the limits of the interval that you draw from."
DRAW = "Draw every value independently from the distribution that the task names."


def not_normal(name: str, sample: Tensor, *, mean: float, std: float, false_alarm: float) -> Unmet | None:
    """Why the values of `sample` (any shape) do not look like independent draws from N(mean, std^2); None if they do.

    Where they are such draws, the answer is None but for a share `false_alarm` of samples at most.
    """
    count, values = sample.numel(), sample.double().flatten()
    standardised = (values - mean) / std
    exponent = math.log(2 * 3 / false_alarm)  # three tests, each on two sides
    seen_mean, seen_std = float(values.mean()), float(((values - mean) ** 2).mean().sqrt())
    slack = math.sqrt(2 * exponent / count)
    if abs(float(standardised.mean())) > slack:
        return Unmet(
            f"the mean of the {count:,} values of `{name}` is {seen_mean:.4g}; for draws from {_normal(mean, std)} it "
            f"is within {slack * std:.2g} of {mean:g}",
            "Look at the mean that you draw with.",
        )
    low = math.sqrt(max(0.0, 1 - 2 * math.sqrt(exponent / count)))
    high = math.sqrt(1 + 2 * math.sqrt(exponent / count) + 2 * exponent / count)
    if not low * std <= seen_std <= high * std:
        return Unmet(
            f"the standard deviation of the {count:,} values of `{name}` is {seen_std:.4g}; for draws from "
            f"{_normal(mean, std)} it is between {low * std:.4g} and {high * std:.4g}",
            _guess(seen_std, std, (high - low) / 2),
        )
    return _wrong_shape(name, values, lambda x: torch.special.ndtr((x - mean) / std), exponent, _normal(mean, std))


def not_uniform(name: str, sample: Tensor, *, low: float, high: float, false_alarm: float) -> Unmet | None:
    """Why the values of `sample` (any shape) do not look like independent draws from U(low, high); None if they do.

    Where they are such draws, the answer is None but for a share `false_alarm` of samples at most.
    """
    count, values = sample.numel(), sample.double().flatten()
    outside = values[(values < low) | (values > high)]
    if len(outside):
        return Unmet(
            f"{len(outside):,} of {count:,} values of `{name}` {'is' if len(outside) == 1 else 'are'} outside "
            f"[{low:g}, {high:g}], the first {float(outside[0]):.4g}",
            LIMITS,
        )
    wanted, exponent = f"U({low:g}, {high:g})", math.log(2 * 3 / false_alarm)  # three tests, each on two sides
    share = (values - low) / (high - low)
    gap = -math.expm1(-exponent / count)
    for end, place, distance in (("smallest", low, share.min()), ("largest", high, 1 - share.max())):
        if float(distance) > gap:
            seen = float(values.min() if end == "smallest" else values.max())
            return Unmet(
                f"the {end} of the {count:,} values of `{name}` is {seen:.4g}; of as many draws from {wanted} it is "
                f"within {gap * (high - low):.2g} of {place:g}",
                LIMITS,
            )
    squares = (2 * share - 1) ** 2  # between 0 and 1, with mean 1/3 and variance 4/45
    range_part = (2 / 3) * exponent / (3 * count)
    slack = range_part + math.sqrt(range_part**2 + 2 * (4 / 45) * exponent / count)
    if abs(float(squares.mean()) - 1 / 3) > slack:
        half, crowd = (high - low) / 2, "at the ends" if float(squares.mean()) > 1 / 3 else "in the middle"
        seen, least, most = (
            half * math.sqrt(max(0.0, each)) for each in (float(squares.mean()), 1 / 3 - slack, 1 / 3 + slack)
        )
        return Unmet(
            f"the {count:,} values of `{name}` crowd {crowd}: their standard deviation is {seen:.4g}; for draws from "
            f"{wanted} it is between {least:.4g} and {most:.4g}",
            DRAW,
        )
    return _wrong_shape(name, values, lambda x: (x - low) / (high - low), exponent, wanted)


def _wrong_shape(
    name: str, values: Tensor, cumulative: Callable[[Tensor], Tensor], exponent: float, wanted: str
) -> Unmet | None:
    count = len(values)
    ordered = values.sort().values
    expected = cumulative(ordered)
    ranks = torch.arange(count + 1, dtype=torch.float64) / count
    gaps = torch.maximum(ranks[1:] - expected, expected - ranks[:-1])
    allowed = math.sqrt(exponent / (2 * count))
    worst = int(gaps.argmax())
    if float(gaps[worst]) <= allowed:
        return None
    at, share = float(ordered[worst]), float((ordered <= ordered[worst]).double().mean())
    return Unmet(
        f"the {count:,} values of `{name}` are not spread like draws from {wanted}: {share:.1%} of them are at most "
        f"{at:.3g}, expected {float(expected[worst]):.1%} (give or take {allowed:.1%})",
        DRAW,
    )


def _normal(mean: float, std: float) -> str:
    return f"N({mean:g}, {std:.4g}²)"


def _guess(seen: float, wanted: float, slack: float) -> str:
    """What factor the standard deviation may be off by; `slack` is the relative uncertainty."""
    if seen > 0 and abs(seen / wanted**2 - 1) <= slack:
        return "It looks like the square of the right one: is a variance passed where a standard deviation belongs?"
    if seen > 0 and abs(seen / math.sqrt(wanted) - 1) <= slack:
        return "It looks like the square root of the right one: is the square root taken twice?"
    for factor, words in ((math.sqrt(2), "too large by about √2"), (1 / math.sqrt(2), "too small by about √2")):
        if abs(seen / wanted / factor - 1) <= slack:
            return f"It is {words}: look at the number under the square root."
    return "Look at the standard deviation that you draw with, and at the number of features that goes into it."
