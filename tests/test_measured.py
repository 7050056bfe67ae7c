"""Expected values on a device: how far it is off is measured beside them, and widens the tolerance there alone.

`cpu:0` stands for a device: the probes add to a value where they are given it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_gpus import sandbox_on
from rich.console import Console
from tiny_course import write_assignment

from grader.assignment.assignment import load_assignment
from grader.core.errors import AuthorError
from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.grading.context import prepare
from grader.grading.grade import grade
from grader.grading.measure import measure
from grader.grading.regenerate import regenerate
from grader.pages.terminal import print_wider
from grader.sandbox.sandbox import Sandbox

pytestmark = [pytest.mark.process, pytest.mark.harmless]

CHECKS = '''
@check(points=1, seconds=20, expect=[close("total", atol=5e-4)])
def adds(hw, device):
    """It adds."""
    return {{"total": hw.mine.add(torch.ones(3)) + (0 if device.index is None else {off})}}


@check(points=1, seconds=20, expect=[close("total", atol=5e-4), equal("whole")])
def adds_again(hw, device):
    """It adds again."""
    return {{"total": hw.mine.add(torch.zeros(2)), "whole": 3 if device.index is None else {whole}}}
'''


@pytest.fixture(scope="module")
def device() -> Iterator[Sandbox]:
    """A sandbox on a device."""
    with sandbox_on("cpu:0") as sandbox:
        yield sandbox


def assignment_that_is(off: float, folder: Path, best: Sandbox, whole: int = 3) -> Path:
    """An assignment whose first value is so far off on the device, with expected values from the CPU."""
    home = write_assignment(
        folder, CHECKS.format(off=off, whole=whole), reference={"mine.py": "def add(x):\n    return x + 1\n"}
    )
    regenerate(load_assignment(home), best, jobs=2, done=lambda name: None)
    return home


def outcomes(home: Path, sandbox: Sandbox, returned: str) -> list[Outcome]:
    """What code gets that returns this."""
    assignment = load_assignment(home)
    context = prepare(assignment, assignment.checks, device=sandbox.device)
    source = f"def add(x):\n    return {returned}\n".encode()
    return [each.outcome for each in grade(context, Submission("student", {"mine.py": source}), sandbox).verdicts]


def contents(home: Path) -> dict[str, bytes]:
    """The files of expected values."""
    return {path.name: path.read_bytes() for path in load_assignment(home).expected_folder.glob("*.safetensors")}


def test_a_tolerance_is_wider_on_the_device_alone(
    device: Sandbox, best: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten times what it is off; the CPU's files and verdicts stay what they are, and other values' tolerances."""
    home = assignment_that_is(1e-4, tmp_path, best)
    before = contents(home)
    versions = prepare(load_assignment(home), load_assignment(home).checks).versions
    (wider,) = measure(load_assignment(home), device, jobs=2, done=lambda name: None)
    assert (wider.check, wider.value, wider.before) == ("adds", "total", 5e-4)
    assert wider.tolerance == pytest.approx(1e-3, rel=0.01)
    print_wider(Console(width=200), [wider], "cuda")
    assert capsys.readouterr().out == (
        "adds: `total` is up to 0.0001 off on cuda; 0.001 is allowed there, 0.0005 on the CPU\n"
    )
    assert contents(home) == before
    passed, wrong = Outcome.PASSED, Outcome.WRONG_ANSWER
    assert outcomes(home, device, "x + 1.0008") == [passed, wrong]
    assert outcomes(home, device, "x + 1.002") == [wrong, wrong]
    assert outcomes(home, best, "x + 1.0008") == [wrong, wrong]
    assignment = load_assignment(home)
    assert prepare(assignment, assignment.checks).versions == versions
    there = prepare(assignment, assignment.checks, device="cpu:0").versions
    assert all(there[name] != version for name, version in versions.items())


def test_where_it_is_too_far_off_nothing_is_written(device: Sandbox, best: Sandbox, tmp_path: Path) -> None:
    """A value that would need more than ten times its tolerance, and one that is compared exactly."""
    home = assignment_that_is(1e-2, tmp_path, best, whole=4)
    with pytest.raises(AuthorError) as error:
        measure(load_assignment(home), device, jobs=2, done=lambda name: None)
    first, second = error.value.problems
    assert first.startswith("checks.py:5 adds: on cpu:0 the reference gets WRONG_ANSWER with the saved values: `total`")
    assert "adds_again: on cpu:0 the reference gets WRONG_ANSWER with the saved values: `whole`" in second
    assert not list(load_assignment(home).expected_folder.glob("*.json"))


def test_what_was_measured_of_other_values_is_refused(device: Sandbox, best: Sandbox, tmp_path: Path) -> None:
    """On the device only; and a damaged file in a sentence."""
    home = assignment_that_is(1e-4, tmp_path, best)
    measure(load_assignment(home), device, jobs=2, done=lambda name: None)
    listed = load_assignment(home).expected_folder / "cpu.json"
    told = json.loads(listed.read_text())
    assert told["adds"]["made"]["gpu"] == "Small, Large"
    told["adds"]["file"] = "another"
    listed.write_text(json.dumps(told))
    assignment = load_assignment(home)
    again = "run `grader regenerate scratch --device cpu:0`"
    with pytest.raises(AuthorError, match=f"adds: what was measured on cpu:0 is of other expected values; {again}"):
        prepare(assignment, assignment.checks, device="cpu:0")
    prepare(assignment, assignment.checks)
    for damaged in ("{", '{"adds": {}}', '{"adds": {"file": "", "apart": {"total": -1.0}, "made": {}}}'):
        listed.write_text(damaged)
        with pytest.raises(AuthorError, match=r"cpu\.json: damaged"):
            prepare(assignment, assignment.checks, device="cpu:0")
