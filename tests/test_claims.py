"""Points that can be had without the work: which checks `regenerate` finds, and that it refuses too many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_course import write_assignment
from torch import Tensor

from grader import accuracy, answered, check, close, equal, normal, uniform
from grader.assignment.assignment import load_assignment
from grader.checks.checks import Check
from grader.core.errors import AuthorError
from grader.core.observation import Values
from grader.grading.claims import claim
from grader.grading.regenerate import regenerate
from grader.sandbox.sandbox import Sandbox

CASE = {"layers": 7, "name": "deep", "widths": [2, 5]}


def _check(expect: Any, *, withhold: Sequence[str] = ()) -> Check:
    @check(points=3, seconds=1, expect=expect, cases={"deep": CASE}, withhold=withhold)
    def claims_something(hw: Any, case: Any) -> dict[str, Any]:
        """It is claimed."""
        return {}

    return claims_something


def _way(expect: Any, expected: Values, data: Mapping[str, Tensor] | None = None, **more: Any) -> str | None:
    found = claim(_check(expect, **more), "deep", expected, data or {})
    return found.way if found else None


def same(seen: Values, expected: Values, data: Mapping[str, Tensor]) -> str | None:
    """Whether both runs have ended alike, and have moved at all."""
    first, second = torch.as_tensor(seen["first"]), torch.as_tensor(seen["second"])
    return None if torch.equal(first, second) and len(first.unique()) > 1 else "they differ"


def fits(seen: Values, expected: Values, data: Mapping[str, Tensor]) -> str | None:
    """Whether the sum is that of the parts: nobody would hit that by chance."""
    total: Any = seen["sum"]
    return None if total > 100 and float(torch.as_tensor(seen["parts"]).sum()) == total else "it is another sum"


CLAIMABLE: dict[str, tuple[Any, Values, str]] = {
    "zeros": (close("bias"), {"bias": torch.zeros(4)}, "tensors of zeros"),
    "twice the same": (same, {"first": torch.ones(4), "second": torch.ones(4)},
                       "tensors drawn, those of one shape alike"),
    "a parameter of the case": (equal("depth"), {"depth": 7}, "numbers of 7"),
    "one in a list": (equal("depth"), {"depth": 5}, "numbers of 5"),
    "the right distribution": (normal("weights", std=0.1), {"weights": torch.zeros(500)}, "what the criteria name"),
    "between the right limits": (uniform("x", low=2, high=3), {"x": torch.zeros(500)}, "what the criteria name"),
    "any text": (answered("why"), {"why": "Because."}, "texts of any length"),
    "a flag": (equal("done"), {"done": True}, "flags True"),
    "what falls": (lambda seen, expected, data: None if seen["losses"] == sorted(seen["losses"], reverse=True)
                   and seen["losses"][0] > seen["losses"][-1] else "they rise", {"losses": [2.5, 1.5]},
                   "lists that fall"),
    "what fits": (fits, {"parts": torch.tensor([150.0, 2.0]), "sum": 152.0}, "values that fit each other"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLAIMABLE)
def test_what_needs_no_run_is_found(name: str) -> None:
    """Each with the way in which it was found."""
    expect, expected, way = CLAIMABLE[name]
    assert _way(expect, expected) == way


def test_labels_that_the_room_has_can_be_given_back() -> None:
    """And those that are withheld cannot."""
    data = {"labels": torch.tensor([2, 0, 1, 2])}
    expected = {"scores": torch.eye(3)[data["labels"]]}
    assert _way(accuracy("scores", at_least=0.9), expected, data) == "what the criteria name"
    assert _way(accuracy("scores", at_least=0.9), expected, data, withhold=["labels"]) is None


@given(st.lists(st.floats(-100, 100).filter(lambda value: abs(value) > 0.01), min_size=3, max_size=9, unique=True))
def test_what_is_compared_with_the_reference_cannot_be_claimed(numbers: list[Any]) -> None:
    """Whatever the values are, unless they are as simple as what is made up."""
    tensor, drawn = torch.tensor(numbers), [3.7, *numbers, -2.3]
    assert _way([close("scores"), close("losses")], {"scores": tensor, "losses": drawn}) is None


CHECKS = '''
@check(points=9, seconds=5, expect=[close("scores")])
def scores(hw):
    """It scores."""
    return {"scores": hw.mine.scores(torch.tensor([1.5, 2.25]))}

@check(points=3, seconds=5, expect=[close("rest")])
def rests(hw):
    """Nothing is left."""
    return {"rest": hw.mine.scores(torch.zeros(2))}
'''


def test_regenerate_refuses_more_than_the_assignment_allows(best: Sandbox, tmp_path: Path) -> None:
    """It names what can be had and by which answers; where it is allowed, it only tells."""
    home = write_assignment(tmp_path, CHECKS, reference={"mine.py": "def scores(x):\n    return 2 * x\n"})
    manifest = home / "assignment.toml"
    manifest.write_text(manifest.read_text().replace("claimable_percent = 100\n", ""))
    with pytest.raises(AuthorError) as refused:
        regenerate(load_assignment(home), best, jobs=2, done=lambda name: None)
    assert refused.value.problems == (
        "assignment.toml: 25 % of the points can be had without the work, more than the 10 of claimable_percent; "
        "compare with the reference what only a real run gives, or raise claimable_percent",
        "rests: 3 points by tensors of zeros",
    )
    assert not (home / "expected").exists()
    with manifest.open("a") as more:
        more.write("claimable_percent = 25\n")
    told = {
        each.check: each.warnings for each in regenerate(load_assignment(home), best, jobs=2, done=lambda name: None)
    }
    assert told == {"scores": (), "rests": ("3 of 3 points can be had without the work, by tensors of zeros",)}
