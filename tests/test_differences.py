"""A difference is found exactly where `torch.testing.assert_close` finds one, and is explained helpfully."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from grader.checks.differences import difference, first_difference, kind, nonfinite, shape_difference
from grader.core.observation import Value

QUICK = settings(deadline=None, max_examples=80)
DTYPES = [
    torch.bool,
    torch.uint8,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
]
FLOATS = st.floats(-100, 100, width=16)


@st.composite
def tensors(draw: st.DrawFn, shape: tuple[int, ...] | None = None) -> Tensor:
    """A small tensor of any dtype and finite values."""
    if shape is None:
        shape = tuple(draw(st.lists(st.integers(0, 3), max_size=3)))
    count = math.prod(shape)
    values = draw(st.lists(FLOATS, min_size=count, max_size=count))
    return torch.tensor(values, dtype=torch.float64).reshape(shape).to(draw(st.sampled_from(DTYPES)))


def said(seen: Any, expected: Any, **tolerance: float) -> str:
    """Message, next step and guess, where they differ."""
    unmet = difference("x", seen, expected, **tolerance)
    assert unmet is not None
    return f"{unmet.message} | {unmet.next_step}{unmet.guess}"


NUMBERS = st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)


@QUICK
@given(tensors() | PLAIN, st.sampled_from([0.0, 1e-3]))
def test_a_value_does_not_differ_from_itself(value: Any, tolerance: float) -> None:
    """Whatever its type and shape, empty and 0-dim included."""
    assert difference("x", value, value, atol=tolerance) is None
    assert difference("x", value, value, rtol=tolerance) is None


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Two tensors: mostly of one shape and dtype, and often near to each other."""
    first = draw(tensors())
    if draw(st.booleans()):
        return first, draw(tensors())
    second = draw(tensors(tuple(first.shape))).to(first.dtype)
    nudge = draw(st.sampled_from([0.0, 1e-6, 1e-3, 1e-2, 1.0]))
    return first, (first + nudge * second).to(first.dtype) if draw(st.booleans()) else second


@settings(deadline=None, max_examples=300)
@given(pairs(), st.sampled_from([0.0, 1e-4, 1e-2, 0.5]), st.sampled_from([0.0, 1e-4, 1e-2, 0.5]))
def test_it_agrees_with_torch(pair: tuple[Tensor, Tensor], atol: float, rtol: float) -> None:
    """Met exactly where `assert_close` with dtypes, in float64, would not complain."""
    seen, expected = pair
    try:
        assert seen.dtype == expected.dtype
        torch.testing.assert_close(seen.double(), expected.double(), atol=atol, rtol=rtol, check_dtype=True)
        agrees = True
    except AssertionError:
        agrees = False
    assert (difference("x", seen, expected, atol=atol, rtol=rtol) is None) == agrees


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("atol", [0.0, 1e30, math.inf])
def test_nan_and_infinity_are_never_near(bad: float, atol: float) -> None:
    """However large the tolerance is, in tensors, numbers and lists."""
    seen = torch.tensor([1.0, bad])
    assert "1 of 2 values is not finite, the first at index 1" in said(seen, torch.ones(2), atol=atol)
    assert "1 of 1 value is not finite |" in said(bad, 1.0, atol=atol)
    assert "1 of 2 values is not finite" in said([1.0, bad], [1.0, 1.0], atol=atol)


@pytest.mark.parametrize("rtol", [0.0, 0.1])
def test_an_expected_infinity_is_met_by_itself_alone(rtol: float) -> None:
    """A relative tolerance of an infinite value is infinite, and allows nothing."""
    wanted = torch.tensor([math.inf, 1.0])
    assert difference("x", wanted.clone(), wanted, rtol=rtol) is None
    assert said(torch.tensor([5.0, 1.0]), wanted, rtol=rtol)
    assert said(-wanted, wanted, rtol=rtol)
    assert said(7.0, math.inf, rtol=rtol)


def test_the_tolerance_is_scaled_by_the_expected_value_alone() -> None:
    """A result of 1e30 does not widen what is allowed."""
    assert said(torch.tensor([1e30]), torch.tensor([1.0]), rtol=0.5)
    assert said(1e30, 1.0, rtol=0.999)
    assert difference("x", torch.tensor([1.4]), torch.tensor([1.0]), rtol=0.5) is None
    assert difference("x", torch.tensor([1.0]), torch.tensor([1.6]), rtol=0.4) is None
    assert said(torch.tensor([1.6]), torch.tensor([1.0]), rtol=0.4)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [((), (1,)), ((1,), ()), ((1,), (3,)), ((), (3,)), ((1, 3), (3,)), ((3, 1), (1, 3)), ((0,), ()), ((0,), (0, 3))],
)
def test_what_would_broadcast_is_of_the_wrong_shape(seen: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """A single 1 is not three of them."""
    assert f"has shape {seen}, expected {expected}" in said(torch.ones(seen), torch.ones(expected), atol=10)


@pytest.mark.parametrize(
    "pair", [(1.0, [1.0]), ([1.0], 1.0), ([1.0], [1.0, 1.0]), ([[1.0, 2.0]], [1.0, 2.0]), ([], [[]])]
)
def test_lists_do_not_broadcast_either(pair: tuple[Any, Any]) -> None:
    """Lengths must agree at every depth."""
    assert said(*pair, atol=10).startswith(("`x` is one number, ", "`x` is a list of "))


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.bool, torch.bfloat16])
def test_another_dtype_is_told_with_what_to_do(dtype: torch.dtype) -> None:
    """Equal values do not make up for it."""
    assert "expected float32 | Convert it" in said(torch.ones(2, dtype=dtype), torch.ones(2), atol=1)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (1.0, torch.ones(1)),
        ([1.0], torch.ones(1)),
        (None, torch.ones(1)),
        (torch.ones(()), 1.0),
        (torch.ones(1), [1.0]),
        ("1", 1),
        (None, 1),
        (True, 1),
        (1, True),
        (1, "1"),
        ([1], "1"),
        ([True], [1]),
        (0, None),
    ],
)
def test_another_kind_of_value_is_told(seen: Any, expected: Any) -> None:
    """A number is not a tensor, True is not a number, None is nothing."""
    assert said(seen, expected, atol=10)


def test_what_is_wrong_is_told_with_how_many_how_much_where_and_what_is_allowed() -> None:
    """As `assert_close` does, with the worst place first."""
    expected = torch.arange(6.0).reshape(2, 3)
    seen = expected.clone()
    seen[1, 2] += 0.5
    seen[0, 0] -= 0.25
    assert said(seen, expected, atol=0.125) == (
        "`x`: 2 of 6 values differ, most at (1, 2): yours 5.5, expected 5 (off by 0.5; 0.12 is allowed) | "
    )


def test_the_worst_place_is_the_one_furthest_beyond_what_is_allowed() -> None:
    """Not the largest difference, which the tolerance may allow."""
    assert "most at index 0: yours 1, expected 0" in said(
        torch.tensor([1.0, 110.0, 0.5]), torch.tensor([0.0, 100.0, 0.0]), rtol=0.2
    )


WANTED = torch.tensor([[1.0, -2.0, 3.5], [0.25, 4.0, -6.0], [2.0, 0.5, 1.5]])


@pytest.mark.parametrize(
    ("seen", "expected", "guess"),
    [
        (WANTED.T, WANTED, "The last two axes look swapped."),
        (WANTED * 3, WANTED, "Everything is multiplied by 3."),
        (WANTED / 100, WANTED, "Everything is multiplied by 0.01."),
        (WANTED + 2, WANTED, "Everything is shifted by 2."),
        (-WANTED, WANTED, "The sign is flipped."),
        (WANTED, WANTED.softmax(-1), "These look like raw scores: a softmax is missing."),
        (WANTED.softmax(-1), WANTED, "A softmax seems to be applied: return raw scores."),
        (WANTED, WANTED.relu(), "Negative values are kept: a final ReLU is missing."),
        (WANTED.relu(), WANTED, "Negative values are cut off: there is one ReLU too many at the end."),
        (WANTED.flip(0), WANTED, "The order is reversed."),
        (torch.tensor([2.0, 1.0, -1.5]), torch.tensor([-1.5, 1.0, 2.0]), ""),  # so few are in reverse by chance
        (WANTED + torch.eye(3), WANTED, ""),
        (torch.zeros(3, 3), WANTED, ""),
        (torch.ones(4) * 2, torch.ones(4), ""),  # a constant is near to too many things
        (torch.tensor(2.0), torch.tensor(1.0), ""),
    ],
)
def test_a_simple_cause_is_guessed(seen: Tensor, expected: Tensor, guess: str) -> None:
    """Only where it explains every value."""
    unmet = difference("x", seen, expected, atol=1e-4)
    assert unmet is not None
    assert (unmet.guess, unmet.next_step) == (guess, "")


@pytest.mark.parametrize(
    ("seen", "expected", "guess"),
    [
        ((2, 1, 3), (2, 3), "squeeze"),
        ((3, 2), (2, 3), "axes swapped"),
        ((6,), (2, 3), "reshape"),
        ((4, 3), (2, 3), "the batch"),
        ((1, 3, 8, 8), (1, 3, 9, 9), "padding"),
        ((2, 5), (2, 3), "outputs of the last layer"),
        ((2, 5, 1), (2, 3), ""),
    ],
)
def test_a_wrong_shape_comes_with_a_guess(seen: tuple[int, ...], expected: tuple[int, ...], guess: str) -> None:
    """Told from the two shapes alone."""
    unmet = shape_difference("x", torch.zeros(seen), torch.zeros(expected))
    assert unmet is not None
    assert guess in unmet.guess
    assert bool(guess) == bool(unmet.guess)


def test_one_of_something_is_not_told_in_the_plural() -> None:
    """In the first of several values, in a list of one, and in a single value."""
    assert said(torch.tensor([1.0, 2.0]), torch.ones(2)).startswith("`x`: 1 of 2 values differs at index 1: ")
    assert said(torch.tensor([1.0, torch.nan]), torch.ones(2)).startswith("`x` has NaN: 1 of 2 values is not finite")
    assert said([1.0], [1.0, 2.0]).startswith("`x` is a list of 1 number, expected a list of 2 numbers")
    assert said([1.0], 1.0).startswith("`x` is a list of 1 number, expected one number")


@pytest.mark.parametrize("make", [int, lambda n: [n], lambda n: [0.5, n], lambda n: torch.tensor([n])])
def test_whole_numbers_that_float64_rounds_are_told_apart(make: Any) -> None:
    """2^53 and its successor are one number in float64, and two here."""
    assert said(make(2**53 + 1), make(2**53))
    assert difference("x", make(2**53 + 1), make(2**53), atol=1.0) is None


def test_a_number_of_absurd_size_is_only_wrong() -> None:
    """It is beyond every tensor, and raises nothing."""
    assert "expected 5" in said(10**400, 5, atol=1)
    assert "number 2" in said([1, 10**400], [1, 2], rtol=0.5)


def test_texts_and_mixed_lists_are_compared_exactly() -> None:
    """Up to the first difference, shortened."""
    assert said("yes", "no", atol=1) == "`x` differs: yours yes, expected no | "
    assert "number 2: yours b, expected c" in said(["a", "b", 1], ["a", "c", 1])
    assert "yours has length 1, expected 2" in said(["a"], ["a", "b"])
    assert len(said("y" * 10_000, "n" * 10_000)) < 300
    assert difference("x", ["a", None, [True]], ["a", None, [True]]) is None


@pytest.mark.parametrize(
    ("seen", "expected", "where"),
    [
        ([1, 2], [1, 3], "number 2: yours 2, expected 3"),
        ([1], [1, 3], "yours has length 1, expected 2"),
        ([], [], None),
        ("a", "a", None),
        ("a", "b", "yours a, expected b"),
        (torch.ones(2), torch.ones(2), None),
        (torch.ones(2), torch.ones(3), "`it` has shape (2,), expected (3,)"),
        (None, torch.ones(1), "`it` is None, expected a tensor of shape (1,)"),
        (torch.ones(1), "a", "`it` is a tensor of shape (1,), expected text"),
    ],
)
def test_the_first_difference_is_told(seen: Any, expected: Any, where: str | None) -> None:
    """For evidence: where, and both values."""
    assert first_difference(seen, expected) == where


@pytest.mark.parametrize("dtype", DTYPES)
def test_finite_tensors_of_every_dtype_are_finite(dtype: torch.dtype) -> None:
    """Whole numbers, truth values and empty tensors included."""
    assert nonfinite("x", torch.ones(2, dtype=dtype)) is None
    assert nonfinite("x", torch.ones(0, 3, dtype=dtype)) is None


def test_nonfinite_values_are_counted_and_the_first_is_placed() -> None:
    """NaN is named where there is any, else infinity."""
    bad = torch.zeros(2, 3)
    bad[1, 0] = bad[1, 2] = math.inf
    unmet = nonfinite("x", bad)
    assert unmet is not None
    assert unmet.message == "`x` has infinity: 2 of 6 values are not finite, the first at (1, 0)"
    bad[1, 1] = math.nan
    unmet = nonfinite("x", bad)
    assert unmet is not None
    assert unmet.message.startswith("`x` has NaN: 3 of 6")


@given(PLAIN | tensors())
def test_every_kind_of_value_has_a_name(value: Any) -> None:
    """No value that the wire carries is without words."""
    assert kind(value)


def test_few_parameters_of_many_are_layers_that_are_not_registered() -> None:
    """Those that are there are the expected ones: at most a third of them, and no others."""
    shapes: list[Value] = [[8, 3, 3, 3], [8], [4, 8, 3, 3], [4], [10, 64], [10]]
    assert "`x` has the shapes of 2 parameters, expected 6 | Are layers kept in a Python list" in said(
        shapes[4:], shapes
    )
    for others in (shapes[:4], [[8, 3, 5, 5], [8]], [*shapes, [3]]):
        assert "registered" not in said(others, shapes)


def test_none_is_a_forgotten_return() -> None:
    """Whatever was expected: no hint of a check's is nearer."""
    expected: list[Value] = [torch.ones(2), 1.5, [1, 2], "text", True]
    for wanted in expected:
        unmet = difference("scores", None, wanted)
        assert unmet and "`scores` is None" in unmet.message, wanted
        assert "without `return`" in unmet.next_step, wanted
