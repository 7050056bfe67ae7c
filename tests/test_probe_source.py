"""What a room gets of a file of checks: all that probes need, and nothing that judges them."""

import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tiny_course import observed, write_assignment

from grader.assignment.assignment import load_assignment
from grader.checks.checks import compile_checks
from grader.checks.probe_source import probes_alone
from grader.sandbox.sandbox import Sandbox

HIDDEN = '''
LIMIT = 0.25
NEEDED = 3

def helper(value):
    return value < LIMIT

def judged(seen, expected, given):
    return None if helper(seen["n"]) else "too large"

def shared(value):
    return value

@check(points=2, seconds=10, expect=[judged, equal("n"), lambda *a: shared(None)], hint="Look there.")
def hidden(hw):
    """Hidden."""
    return {"n": shared(hw.mine.number(NEEDED))}
'''


def test_what_only_criteria_use_is_left_out() -> None:
    """Their functions and constants go with what those use; what a probe uses as well stays."""
    left = ast.unparse(probes_alone(ast.parse(HIDDEN), imported=False))
    assert "@check()\ndef hidden(hw)" in left
    assert "NEEDED = 3" in left
    assert "def shared" in left
    assert not [word for word in ("LIMIT", "helper", "judged", "equal", "Look there") if word in left]


def test_a_file_that_may_be_imported_keeps_its_functions() -> None:
    """Hidden checks import criteria of the public ones; these lose what stands in their decorators only."""
    left = ast.unparse(probes_alone(ast.parse(HIDDEN), imported=True))
    assert "def judged" in left
    assert "Look there" not in left


def test_threads_may_compile_at_once() -> None:
    """As they do where several submissions are graded; two that parse at once would fail each other now and then."""

    def give_way(phase: str, info: object) -> None:
        time.sleep(0)  # to another thread, in the middle of parsing

    gc.callbacks.append(give_way)
    try:
        with ThreadPoolExecutor(4) as pool:
            sources = [HIDDEN.encode() * 20 + f"\n# {number}\n".encode() for number in range(40)]
            assert all(pool.map(lambda source: compile_checks(source, "hidden_checks.py"), sources))
    finally:
        gc.callbacks.remove(give_way)


@pytest.mark.parametrize("decorator", ["check", "grader.check"])
def test_cases_data_and_settings_of_others_stay(decorator: str) -> None:
    """What the probe is called with is there, also where it comes from another check or from common settings."""
    source = f'@{decorator}(points=1, cases=first.cases, data="d", **COMMON)\ndef one(hw):\n    return {{}}\n'
    left = ast.unparse(probes_alone(ast.parse(f"COMMON = {{}}\n{source}"), imported=False))
    assert f"@{decorator}(cases=first.cases, data='d', **COMMON)" in left
    assert "COMMON = {}" in left


def test_code_in_the_room_of_a_hidden_check_finds_no_criterion(sandbox: Sandbox, tmp_path: Path) -> None:
    """A submission that looks for the distribution that it is judged by, to draw from it, finds nothing."""
    hidden = '''
    from grader import normal

    @check(points=2, seconds=10, cases={"a": {"count": 3000}}, expect=[normal("draws", std=0.123)], hint="Look there.")
    def draws(hw, case):
        """Hidden."""
        return {"draws": [repr(each) for each in hw.mine.criteria(case["count"])]}
    '''
    public = '''
    @check(points=1, seconds=10, expect=[equal("n")])
    def public(hw):
        """Public."""
        return {"n": 1}
    '''
    mine = """
    import gc

    def criteria(count):
        assert count == 3000
        gc.unfreeze()
        things = [each for each in gc.get_objects() if type(each).__module__ == "grader.checks.criteria"]
        return things + [each for each in gc.get_objects() if type(each).__name__ == "Check" and each.hint]
    """
    assignment = load_assignment(write_assignment(tmp_path, public, hidden=hidden))
    assert observed(sandbox, assignment, mine, "draws") == {"draws": []}
