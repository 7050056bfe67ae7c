"""Each criterion is met by what it asks for, by nothing else, and never raises on what the wire can carry."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from grader import accuracy, answered, close, equal, finite, labels, shaped, unchanged
from grader.checks.criteria import Criterion, name_of, reads, tolerance
from grader.checks.differences import Unmet
from grader.core.verdict import Outcome


def reason(
    criterion: Criterion, seen: Any, expected: Any = None, given: Mapping[str, Tensor] | None = None
) -> str | None:
    """Why the criterion on `x` is not met."""
    unmet = criterion({"x": seen}, {"x": expected}, given or {})
    assert unmet is None or isinstance(unmet, Unmet)
    return unmet.message if unmet else None


NAN = torch.tensor([math.nan, 1.0])
ONES = torch.ones(2)


@pytest.mark.parametrize("seen", [ONES, ONES + 5e-4, ONES - 5e-4])
def test_close_is_met_within_the_tolerance(seen: Tensor) -> None:
    """On both sides of the expected value."""
    assert reason(close("x"), seen, ONES) is None


@pytest.mark.parametrize(
    "seen",
    [
        ONES + 2e-3, NAN, ONES * math.inf, ONES.double(), ONES.bool(), torch.ones(1),
        torch.tensor(1.0), torch.ones(2, 1),
        torch.ones(0), torch.ones(3), 1.0, [1.0, 1.0], None, "1", True,
    ],
)  # fmt: skip
def test_close_is_unmet_by_everything_else(seen: Any) -> None:
    """Values, dtypes, what would broadcast, and what is not a tensor."""
    assert reason(close("x"), seen, ONES)


def test_unchanged_tells_what_was_changed_in_place() -> None:
    """Not what another machine draws in other last digits, nor a mask; and with the words for it."""
    mask = torch.tensor([-math.inf, 2.0])
    assert reason(unchanged("x"), mask * (1 + 1e-7), mask) is None
    assert reason(unchanged("x"), torch.arange(3), torch.arange(3)) is None
    told = reason(unchanged("x"), ONES + 1e-3, ONES)
    assert told and told.startswith("an argument was changed in place: `x`: 2 of 2 values differ")
    assert reason(unchanged("x"), None, ONES)


def test_close_takes_numbers_and_lists_of_them() -> None:
    """Losses come as Python numbers."""
    assert reason(close("x", atol=0.1), 1.05, 1.0) is None
    assert reason(close("x", atol=0.1), 1, 1.0) is None
    assert reason(close("x", atol=0.1), [[1.05, 2]], [[1.0, 2.0]]) is None
    assert reason(close("x", atol=0.1), 1.2, 1.0)
    assert reason(close("x", atol=0.1), [1.0, math.nan], [1.0, 2.0])
    assert reason(close("x", atol=0.1), [1.0], [1.0, 2.0])


def test_close_scales_its_tolerance_by_the_expected_value_alone() -> None:
    """1e30 gains nothing by being large."""
    assert reason(close("x", atol=0, rtol=0.1), torch.tensor([1e30]), torch.tensor([1.0]))
    assert reason(close("x", atol=0, rtol=0.1), torch.tensor([1.05e30]), torch.tensor([1e30])) is None


@pytest.mark.parametrize(
    "value", [ONES, torch.arange(3), torch.zeros(0), torch.tensor(True), 3, 0.5, "a", [1, [2]], ["a", None]]
)
def test_equal_is_met_by_the_same_value(value: Any) -> None:
    """Tensors, numbers, text and lists."""
    assert reason(equal("x"), value, value) is None


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (ONES + 1e-6, ONES), (torch.arange(3), torch.arange(3).int()), (torch.ones(1), ONES), (3, 4),
        (0.5, 0.5 + 1e-15),
        ("a", "A"), ("a", None), ([1, 2], [2, 1]), (2**53 + 1, 2**53), (True, 1), (1, True), (math.nan, math.nan),
    ],
)  # fmt: skip
def test_equal_is_unmet_by_anything_else(seen: Any, expected: Any) -> None:
    """The least difference counts."""
    assert reason(equal("x"), seen, expected)


def test_shaped_looks_at_shape_and_dtype_only() -> None:
    """Whatever the values are, NaN included."""
    assert reason(shaped("x"), NAN, ONES) is None
    assert reason(shaped("x"), torch.zeros(0, 3), torch.ones(0, 3)) is None
    for wrong in (ONES.double(), torch.ones(1), torch.tensor(1.0), torch.ones(1, 2), [1.0, 1.0], None, 1.0):
        assert reason(shaped("x"), wrong, ONES)


def test_finite_is_unmet_by_nan_and_infinity_alone() -> None:
    """Of a tensor, a number or a list of numbers; what has none is not finite either."""
    for right in (
        ONES,
        torch.arange(3),
        torch.ones(0),
        torch.tensor(1e30),
        torch.tensor(True),
        1.0,
        2,
        [1.0, 2],
        [[3]],
    ):
        assert reason(finite("x"), right) is None
    for wrong in (NAN, ONES * math.inf, torch.tensor(-math.inf), math.nan, None, True, "1", [1.0, math.inf], [1, "2"]):
        assert reason(finite("x"), wrong)
    assert "the first at (1, 0)" in str(reason(finite("x"), [[1.0], [math.nan]]))


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8])
def test_labels_may_be_of_any_integer_type(dtype: torch.dtype) -> None:
    """`argmax` gives int64, numpy on Windows int32."""
    assert reason(labels("x"), torch.tensor([0, 2, 1], dtype=dtype), torch.tensor([0, 2, 1])) is None
    assert reason(labels("x"), torch.tensor([0, 1, 1], dtype=dtype), torch.tensor([0, 2, 1]))


@pytest.mark.parametrize(
    "seen", [torch.tensor([0.0, 1.0]), torch.tensor([False, True]), torch.tensor([1]), torch.tensor(1), [0, 1], None, 1]
)
def test_labels_are_whole_numbers_one_for_each_sample(seen: Any) -> None:
    """Scores, truth values and single labels are not."""
    assert reason(labels("x"), seen, torch.tensor([0, 1]))


TRUTH = {"labels": torch.tensor([0, 1, 2, 1])}
RIGHT = torch.nn.functional.one_hot(TRUTH["labels"], 3).float()


def test_accuracy_is_worked_out_from_scores() -> None:
    """Met from the needed share on, the share itself included."""
    three = RIGHT.clone()
    three[0] = torch.tensor([0.0, 0.0, 1.0])
    assert reason(accuracy("x", at_least=1.0), RIGHT, given=TRUTH) is None
    assert reason(accuracy("x", at_least=0.75), three, given=TRUTH) is None
    assert reason(accuracy("x", at_least=0.76), three, given=TRUTH) == (
        "3 of 4 samples are classified correctly (75%); at least 76% is needed"
    )
    assert reason(accuracy("x", labels="other", at_least=1.0), RIGHT, given={"other": TRUTH["labels"]}) is None


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_accuracy_takes_scores_of_any_floating_dtype(dtype: torch.dtype) -> None:
    """Only their order matters."""
    assert reason(accuracy("x"), RIGHT.to(dtype), given=TRUTH) is None


@pytest.mark.parametrize(
    "seen",
    [
        1.0, True, None, "100%", [1.0], torch.tensor(1.0), TRUTH["labels"], RIGHT.long(), RIGHT[:3], RIGHT[:1], RIGHT.T,
        RIGHT[None], RIGHT * math.nan, RIGHT.where(RIGHT == 0, math.inf), torch.zeros(4, 0), torch.zeros(0, 3),
        torch.zeros(4, 3),
    ],
)  # fmt: skip
def test_a_claimed_or_unusable_accuracy_earns_nothing(seen: Any) -> None:
    """No claim, no labels, no broadcast, no NaN, no infinity, no empty row is a score, and none of them raises."""
    assert reason(accuracy("x"), seen, given=TRUTH)


def test_answered_is_met_by_ones_own_words() -> None:
    """Not by the template, however it is laid out, and not by nothing."""
    criterion = answered("x", template="**Your answer:** write\nhere")
    assert reason(criterion, "**Your answer:** because") is None
    for empty in ("", " \n\t", "**Your answer:**   write here\n"):
        unmet = criterion({"x": empty}, {}, {})
        assert unmet is not None
        assert unmet.outcome is Outcome.NOT_ATTEMPTED
    wrong: list[Any] = [None, 1, ["text"], torch.ones(1)]
    for each in wrong:
        unmet = criterion({"x": each}, {}, {})
        assert unmet is not None
        assert unmet.outcome is Outcome.WRONG_ANSWER


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
) | st.builds(
    lambda shape, dtype: torch.ones(shape).to(dtype),
    st.lists(st.integers(0, 4), max_size=4),
    st.sampled_from([torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float32]),
)


@settings(deadline=None, max_examples=200)
@given(ANY, ANY)
def test_no_value_makes_a_criterion_raise(seen: Any, expected: Any) -> None:
    """An exception would be our error: a student could buy an unfinished report with it."""
    for criterion in (close("x"), equal("x"), shaped("x"), finite("x"), labels("x"), accuracy("x"), answered("x")):
        usual = {"shaped": torch.ones(2), "labels": torch.ones(4).long()}.get(name_of(criterion), expected)
        reason(criterion, seen, usual, TRUTH)


def test_criteria_tell_what_they_read() -> None:
    """A plain function may read anything, so it tells nothing."""

    def mine(seen: Any, expected: Any, given: Any) -> None:
        return None

    assert reads(close("x")) == ("x",)
    assert reads(mine) is None
    assert (name_of(close("x")), name_of(mine)) == ("close", "mine")


@pytest.mark.parametrize(
    ("criterion", "within"),
    [
        (close("x", atol=0.5, rtol=0.1), 0.5),
        (equal("x"), 0.0),
        (labels("x"), 0.0),
        (shaped("x"), None),
        (finite("x"), None),
        (accuracy("x"), None),
        (answered("x"), None),
        (lambda seen, expected, given: None, None),
    ],
)
def test_criteria_tell_within_what_they_compare(criterion: Criterion, within: float | None) -> None:
    """Of their own value only, and None where it is not compared with the expected one, or nobody knows."""
    assert tolerance(criterion, "x") == within
    assert tolerance(criterion, "y") is None
