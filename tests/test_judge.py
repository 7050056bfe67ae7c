"""Judging gives full points where every criterion is met, else none, and is never ended by an author's mistake."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import torch

from grader import check, close, equal
from grader.assignment.twins import twin_of
from grader.checks.checks import Check
from grader.checks.differences import Unmet
from grader.checks.evidence import SAME_LAYERS
from grader.core.observation import Fault, Observation, Value, Values
from grader.core.verdict import Outcome, Verdict
from grader.grading.judge import evidence, judge

ONES: Values = {"x": torch.ones(2), "layers": ["Conv2d", "Linear"]}


def made(*criteria: Any, cases: dict[str, Any] | None = None) -> Check:
    """A check of three points."""

    @check(points=3, seconds=1, expect=criteria, cases=cases)
    def one(hw: Any) -> dict[str, Any]:
        """One."""
        return {}

    return one


def judged(check: Check, seen: Any, expected: Any = ONES, case: str | None = None) -> Verdict:
    """The verdict on what was seen."""
    return judge(check, case, Observation(seen, 1.23456, "log"), expected, {"labels": torch.ones(1)})


def test_what_meets_every_criterion_passes_with_all_points() -> None:
    """And with no word about evidence that differs."""
    verdict = judged(made(close("x"), equal("x")), {**ONES, "layers": []})
    assert verdict == Verdict("one", None, "One.", Outcome.PASSED, Fraction(3), Fraction(3), False, 1.235, log="log")


def test_cases_share_the_points() -> None:
    """Each has its own verdict, by its own name."""
    verdict = judged(made(close("x"), cases={"a": {}, "b": {}}), ONES, case="b")
    assert (verdict.name, verdict.points, verdict.max_points) == ("one[b]", Fraction(3, 2), Fraction(3, 2))


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.PASSED}))
def test_a_fault_is_the_verdict(outcome: Outcome) -> None:
    """Its outcome, message and next step; no criterion is asked."""
    verdict = judged(made(lambda *_: 1 / 0), Fault(outcome, "what", "do"))
    assert (verdict.outcome, verdict.message, verdict.next_step) == (outcome, "what", "do")
    assert (verdict.points, verdict.max_points, verdict.log) == (0, 3, "log")


def test_an_absent_value_is_an_invalid_result() -> None:
    """Somebody tampered with what the probe returned."""
    verdict = judged(made(close("x")), {"y": 1})
    assert (verdict.outcome, verdict.message, verdict.points) == (Outcome.INVALID_RESULT, "the result lacks `x`", 0)


def test_the_first_unmet_criterion_speaks() -> None:
    """Later ones are not asked."""
    verdict = judged(made(lambda *_: None, lambda *_: "first", lambda *_: 1 / 0), ONES)
    assert (verdict.outcome, verdict.message, verdict.points) == (Outcome.WRONG_ANSWER, "first", 0)
    unmet = Unmet("empty", "write it", Outcome.NOT_ATTEMPTED)
    verdict = judged(made(lambda *_: unmet), ONES)
    assert (verdict.outcome, verdict.message, verdict.next_step) == (Outcome.NOT_ATTEMPTED, "empty", "write it")


def test_a_function_gets_what_was_seen_expected_and_given() -> None:
    """In this order."""
    asked = []
    judged(made(lambda *three: asked.append(three)), {"x": 1}, {"x": 2})
    assert asked == [({"x": 1}, {"x": 2}, {"labels": torch.ones(1)})]


@pytest.mark.parametrize(
    ("criterion", "said"),
    [
        (lambda *_: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda seen, *_: seen["nothing"], "KeyError: 'nothing'"),
        (lambda *_: True, "TypeError: it returned True; return None, a reason or an Unmet"),
        (lambda *_: False, "TypeError: it returned False; return None, a reason or an Unmet"),
        (lambda *_: torch.ones(2), "TypeError: it returned tensor([1., 1.]); return None, a reason or an Unmet"),
    ],
)
def test_a_criterion_that_fails_is_our_error_and_no_zero(criterion: Any, said: str) -> None:
    """An author's function may raise or return nonsense; the batch goes on and staff read where."""
    verdict = judged(made(criterion), ONES)
    assert verdict.outcome is Outcome.GRADER_ERROR
    assert verdict.message.endswith(f"one: the criterion <lambda> raised {said}")
    assert verdict.message.startswith("test_judge.py:")


def test_evidence_is_shown_with_an_unmet_criterion_only() -> None:
    """It never scores: what differs beside the judged value is told, the judged value is not."""
    wrong = {"x": torch.zeros(2), "layers": ["Conv2d", "ReLU"]}
    assert judged(made(close("x")), wrong).evidence == ("layers: number 2: yours ReLU, expected Linear",)
    assert judged(made(close("x")), {**wrong, "x": torch.ones(2)}).evidence == ()
    assert judged(made(close("x")), {**ONES, "x": torch.zeros(2)}).evidence == (f"layers: {SAME_LAYERS}",)
    assert judged(made(close("x")), {"y": 1, **wrong}).evidence


def test_evidence_that_is_absent_is_passed_over() -> None:
    """On either side."""
    assert evidence(made(close("x")), {"x": 1, "more": 2}, ONES) == ()


def test_a_criterion_that_fails_on_odd_values_only_is_not_a_way_to_our_error() -> None:
    """It works on the reference's values: then the student's are to blame, and the report is finished."""

    def sums(seen: Any, expected: Any, given: Any) -> str | None:
        return None if float(seen["x"].sum()) == 2 else "not two"

    verdict = judged(made(sums), {"x": "text"})
    assert (verdict.outcome, verdict.points) == (Outcome.INVALID_RESULT, 0)
    assert "cannot be judged" in verdict.message


def test_a_tensor_of_far_too_many_values_meets_no_criterion() -> None:
    """64 MiB of single bytes would take a gigabyte of our own memory; as many as floats have are judged."""
    looked: list[int] = []

    def counts(seen: Any, expected: Any, given: Any) -> None:
        looked.append(seen["x"].numel())

    verdict = judged(made(counts), {"x": torch.zeros(1 << 26, dtype=torch.uint8)})
    assert (verdict.outcome, verdict.points, looked) == (Outcome.INVALID_RESULT, 0, [])
    assert "`x` has 67,108,864 values" in verdict.message
    assert judged(made(counts), {"x": torch.zeros(1 << 24)}).outcome is Outcome.PASSED
    large = {"x": torch.zeros(1 << 25, dtype=torch.uint8)}
    assert judged(made(counts), large, large).outcome is Outcome.PASSED


TEXT = {"x": "mine"}
WITHIN = {"x": [1, [2, "mine"]]}
NUMBERS = {"x": [1, [2.5, True, None]], "layers": ["text that is not read"]}


@pytest.mark.parametrize(
    ("criterion", "seen", "ours"),
    [
        (close("x"), {"x": torch.zeros(2), "layers": ["mine"]}, True),
        (close("x"), NUMBERS, True),
        (close("x"), TEXT, False),
        (equal("x"), WITHIN, False),
        (lambda *_: "a reason", {"x": torch.zeros(2)}, True),
        (lambda seen, *_: f"{seen}", {"x": torch.zeros(2), "layers": ["mine"]}, False),
        (lambda seen, *_: f"{[*seen]}", {"x": torch.zeros(2), "named_by_me": 1}, False),
        (equal("y"), {"x": 1}, True),
        (lambda seen, *_: len(seen["x"] + 1), {"x": "mine"}, False),
        (lambda *_: 1 / 0, {"x": 1}, False),
    ],
    ids=["tensor", "numbers", "text", "text in a list", "function", "function of all", "names", "absent",
         "raised", "author's mistake"],
)  # fmt: skip
def test_a_reason_is_ours_where_no_text_of_the_students_can_be_in_it(criterion: Any, seen: Any, ours: bool) -> None:
    """By what the criterion reads; a plain function may read everything, names included."""
    verdict = judged(made(criterion), seen)
    assert verdict.outcome is not Outcome.PASSED and verdict.message
    assert verdict.ours is ours


def test_the_name_of_a_value_that_is_too_large_is_the_students() -> None:
    """It may be any word."""
    verdict = judged(made(close("x")), {**ONES, "named_by_me": torch.zeros(1).expand(1 << 30)})
    assert "named_by_me" in verdict.message and not verdict.ours


@pytest.mark.parametrize("quoted", [True, False])
def test_a_fault_is_ours_unless_it_was_said_beside_student_code(quoted: bool) -> None:
    """Then its words may be anybody's."""
    assert judged(made(close("x")), Fault(Outcome.TIME_LIMIT, "stopped", quoted=quoted)).ours is not quoted


def test_every_seed_counts_and_the_message_says_which() -> None:
    """The criteria see the names that the probe gave; of a secret seed the message says nothing."""

    @check(points=3, seconds=1, expect=[close("x")], seeds=[7, 8])
    def seeded(hw: Any, seed: int) -> dict[str, Any]:
        """Seeded."""
        return {}

    expected = {"x[7]": torch.ones(2), "x[8]": torch.zeros(2), "layers[8]": ["Linear"]}
    assert judged(seeded, expected, expected).outcome is Outcome.PASSED
    wrong = judged(seeded, {**expected, "x[8]": torch.ones(2), "layers[8]": ["Conv2d"]}, expected)
    assert wrong.outcome is Outcome.WRONG_ANSWER and wrong.message.startswith("with seed 8: `x`: 2 of 2 values differ")
    assert wrong.evidence == ("layers: number 1: yours Conv2d, expected Linear",)
    absent = judged(seeded, {"x[8]": torch.zeros(2)}, expected)
    assert (absent.outcome, absent.message) == (Outcome.INVALID_RESULT, "with seed 7: the result lacks `x`")
    secret = judged(twin_of(seeded, (8,)), {"x[8]": torch.ones(2)}, expected)
    assert (secret.check, secret.max_points, secret.hidden) == ("seeded (secret)", 0, True)
    assert secret.message.startswith("`x`: 2 of 2 values differ")


LAYERS: list[Value] = ["Conv2d", "BatchNorm2d", "Linear", "Linear"]
NEXT_STEPS: dict[str, tuple[Values, str]] = {
    "none": ({"y": None, "x": torch.full((2,), torch.nan)}, "without `return`"),
    "nan": ({"x": torch.full((2,), torch.nan), "y": torch.ones(3)}, "division by zero"),
    "unregistered": ({"y": torch.ones(3), "layers": LAYERS[3:]}, "They are not registered"),
    "shape": ({"x": torch.ones(2) * 3, "y": torch.ones(2, 1)}, "squeeze"),
    "other_weights": ({"y": torch.tensor([5.0, 1.0])}, "The hint."),
    "other_layers": ({"y": torch.tensor([5.0, 1.0]), "layers": ["Conv2d", "Linear", "Linear"]}, "The hint."),
    "a_guess": ({"y": -torch.tensor([2.0, 1.0])}, "The sign is flipped. The hint."),
}


@pytest.mark.parametrize("mistake", NEXT_STEPS)
def test_what_explains_the_rest_is_said_first(mistake: str) -> None:
    """None before NaN, NaN before missing layers, these before a shape, and a guess never in the place of a hint."""
    seen, next_step = NEXT_STEPS[mistake]
    expected: Values = {"x": torch.ones(2), "y": torch.tensor([2.0, 1.0]), "layers": LAYERS}
    found = judged(replace(made(close("x"), close("y")), hint="The hint."), {**expected, **seen}, expected)
    assert found.outcome is Outcome.WRONG_ANSWER and found.points == 0
    assert next_step in found.next_step, found
    assert not mistake.startswith("other") or found.next_step == next_step
    assert (f"layers: {SAME_LAYERS}" in found.evidence) is (mistake == "other_weights")


def test_a_criterion_that_fails_after_another_is_the_students_mistake() -> None:
    """It was written for values that meet the criteria before it."""
    found = judged(made(close("x"), lambda seen, *_: seen["gone"]), {"x": torch.zeros(2)})
    assert (found.outcome, found.message[:4]) == (Outcome.WRONG_ANSWER, "`x`:")
