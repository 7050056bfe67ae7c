"""A file of checks is loaded whole, or refused with every line that its author should fix."""

import sys
from fractions import Fraction
from pathlib import Path

import pytest

from grader.checks.checks import Check
from grader.checks.criteria import close
from grader.checks.loading import load_checks, unread_problems
from grader.core.errors import AuthorError

GOOD = '''
from grader import check, close
SEED = 7

@check(points=4, seconds=2, expect=[close("scores")], cases={"small": {"n": 3}, "wide-1": {"n": 50}, "c": {}})
def scores(hw, case):
    """The scores
    are right."""
    return {"scores": hw.a.f(case["n"])}

@check(points=1, seconds=2.5, data="images", withhold=["labels"], expect=[close("x")])
def plain(device, hw, data):
    """Plain."""
    return {"x": 1.0}
'''
ONE = 'from grader import check, close\n@check({arguments})\ndef one({takes}):\n    """One."""\n    return {{}}\n'
RIGHT = 'points=1, seconds=1, expect=[close("x")]'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An assignment's folder."""
    return tmp_path


def load(folder: Path, checks: str | None = None, hidden: str | None = None) -> tuple[Check, ...]:
    """The checks of two files."""
    for name, text in (("checks.py", checks), ("hidden_checks.py", hidden)):
        if text is not None:
            (folder / name).write_text(text)
    return load_checks(folder)


def refused(folder: Path, checks: str | None = None, hidden: str | None = None) -> list[str]:
    """The lines with which they are refused."""
    with pytest.raises(AuthorError) as caught:
        load(folder, checks, hidden)
    return list(caught.value.problems)


def test_a_check_is_what_its_author_wrote(folder: Path) -> None:
    """Name, claim, arguments, cases and points, in the order of the file."""
    first, second = load(folder, GOOD)
    assert (first.name, first.claim, first.arguments) == ("scores", "The scores are right.", ("hw", "case"))
    assert (second.name, second.seconds, second.data, second.withhold) == ("plain", 2.5, "images", ("labels",))
    assert second.arguments == ("device", "hw", "data")
    assert first.case_names == ("small", "wide-1", "c")
    assert second.case_names == (None,)
    assert first.cases["small"] == {"n": 3}
    assert first.where == "checks.py:5 scores"
    assert not first.hidden


def test_points_are_shared_by_cases_as_exact_fractions(folder: Path) -> None:
    """Three cases share four points without a rest."""
    first, second = load(folder, GOOD)
    assert first.points_per_case == Fraction(4, 3)
    assert sum(first.points_per_case for _ in first.case_names) == 4
    assert second.points_per_case == 1


def test_a_badly_written_check_gets_all_its_lines_at_once(folder: Path) -> None:
    """The example of the design."""
    text = "from grader import check, close\n" * 40
    text += (
        '@check(points=3, expect=[close("score")])\ndef learns(hw, dataset): return {"scores": 1, "improved": True}\n'
    )
    assert refused(folder, text) == [
        "checks.py:41 learns: no docstring; write the sentence the student reads",
        "checks.py:41 learns: no time limit; add for example seconds=10",
        'checks.py:41 learns: unknown argument "dataset"; use hw, notebook, case, data, device or seed (data?)',
    ]


def test_what_the_probe_returned_shows_the_rest(folder: Path) -> None:
    """A criterion that reads nothing, and a claim that nobody judges."""
    (made,) = load(folder, ONE.format(arguments=RIGHT, takes="hw"))
    assert unread_problems(made, {"scores": 1, "improved": True}) == [
        'the criterion close reads "x" but the probe returned scores, improved; use one of those',
        '"improved" is a claim and earns nothing; return what it is computed from',
    ]
    assert unread_problems(made, {"x": True, "loss": 0.5}) == []


def test_one_criterion_needs_no_list(folder: Path) -> None:
    """`expect=close("x")` means what it says."""
    (made,) = load(folder, ONE.format(arguments='points=1, seconds=1, expect=close("x")', takes="hw"))
    assert made.criteria == (close("x"),)


def test_a_check_that_another_function_replaces_is_told(folder: Path) -> None:
    """Python keeps the last of a name without a word, and the first check's points would be gone."""
    second = ONE.format(arguments=RIGHT, takes="hw").split("\n", 1)[1]
    line = "one: replaces the check above; rename one"
    assert refused(folder, ONE.format(arguments=RIGHT, takes="hw") + second) == [f"checks.py:7 {line}"]
    helper = "def one():\n    pass\n"
    assert refused(folder, GOOD, ONE.format(arguments=RIGHT, takes="hw") + helper) == [f"hidden_checks.py:6 {line}"]


def test_a_plain_function_may_read_any_claim(folder: Path) -> None:
    """Nobody knows what it reads."""
    (made,) = load(folder, ONE.format(arguments="points=1, seconds=1, expect=[lambda s, e, g: None]", takes="hw"))
    assert unread_problems(made, {"improved": True}) == []


@pytest.mark.parametrize(
    ("arguments", "takes", "line"),
    [
        (
            'seconds=1, expect=[close("x")]',
            "hw",
            "no points; add for example points=2 (0 for a check that only informs)",
        ),
        (
            'points=1.5, seconds=1, expect=[close("x")]',
            "hw",
            "points=1.5 is not a whole number of 0 or more; write for example points=2",
        ),
        (
            'points=True, seconds=1, expect=[close("x")]',
            "hw",
            "points=True is not a whole number of 0 or more; write for example points=2",
        ),
        (
            'points=-2, seconds=1, expect=[close("x")]',
            "hw",
            "points=-2 is not a whole number of 0 or more; write for example points=2",
        ),
        ('points=1, expect=[close("x")]', "hw", "no time limit; add for example seconds=10"),
        *(
            (
                f'points=1, seconds={seconds}, expect=[close("x")]',
                "hw",
                f"seconds={shown} is not a number above 0; write for example seconds=10",
            )
            for seconds, shown in (('float("nan")', "nan"), ("0", "0"), ('"10"', "'10'"))
        ),
        ("points=1, seconds=1", "hw", 'no criterion; add for example expect=[close("scores")]'),
        (
            'points=1, seconds=1, expect=["x"]',
            "hw",
            "'x' is not a criterion; use one of grader's own, or a function (seen, expected, given)",
        ),
        (RIGHT, "hw, rate", 'unknown argument "rate"; use hw, notebook, case, data, device or seed'),
        (RIGHT, "hw, case", 'takes "case" but none is given; add cases=...'),
        (RIGHT, "hw, data", 'takes "data" but none is given; add data=...'),
        (
            RIGHT + ', cases={"a": {}}',
            "hw",
            'is given cases= but does not take "case"; add the argument, or leave cases= out',
        ),
        (RIGHT + ', data="a"', "hw", 'is given data= but does not take "data"; add the argument, or leave data= out'),
        (
            RIGHT + ", seeds=[3]",
            "hw",
            'is given seeds= but does not take "seed"; add the argument, or leave seeds= out',
        ),
        (RIGHT + ", seeds=[]", "hw, seed", 'takes "seed" but none is given; add seeds=...'),
        *(
            (
                f"{RIGHT}, seeds=[3, {seed}]",
                "hw, seed",
                f"the seed {seed} is not a whole number from 0 to 2**63 - 1, or is there twice; write others",
            )
            for seed in ("3", "-1", "0.5", str(1 << 63))
        ),
        (
            RIGHT + ', cases={"a b": {}}',
            "hw, case",
            "case name 'a b' is not a plain word; use letters, digits, _ and -",
        ),
    ],
)
def test_each_mistake_has_its_line(folder: Path, arguments: str, takes: str, line: str) -> None:
    """And gives no other."""
    assert refused(folder, ONE.format(arguments=arguments, takes=takes)) == [f"checks.py:2 one: {line}"]


def test_no_points_at_all_and_wholly_withheld_data_are_allowed(folder: Path) -> None:
    """A check may only inform, and a criterion may use data that the probe never sees."""
    assert load(folder, ONE.format(arguments='points=0, seconds=1, expect=[close("x")]', takes="hw"))
    assert load(folder, ONE.format(arguments=RIGHT + ', data="a", withhold=["labels"]', takes="hw"))


def test_problems_of_both_files_come_together(folder: Path) -> None:
    """Two checks of one name among them."""
    bad = ONE.format(arguments='points=1, expect=[close("x")]', takes="hw")
    assert refused(folder, bad, ONE.format(arguments=RIGHT, takes="hw, rate")) == [
        "checks.py:2 one: no time limit; add for example seconds=10",
        'hidden_checks.py:2 one: unknown argument "rate"; use hw, notebook, case, data, device or seed',
        "hidden_checks.py:2 one: a second check with this name; rename one",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ndef f(:\n", "checks.py:2: SyntaxError: invalid syntax (checks.py, line 2); fix the file"),
        ("x = 1\n\nx = 1 / 0\n", "checks.py:3: ZeroDivisionError: division by zero; fix the file"),
        ("import nowhere_at_all", "checks.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'; fix the file"),
        ("def f():\n    g()\n\nf()", "checks.py:2: NameError: name 'g' is not defined; fix the file"),
    ],
)
def test_a_file_that_does_not_run_is_one_clear_line(folder: Path, text: str, line: str) -> None:
    """With the innermost line of that file; hidden checks do not add a second one."""
    assert refused(folder, text) == [line]
    assert refused(folder, text, "from checks import *") == [line]
    (folder / "checks.py").write_text(GOOD)
    assert refused(folder, None, text) == [line.replace("checks.py", "hidden_checks.py")]


def test_a_folder_without_checks_is_refused(folder: Path) -> None:
    """No file, or none in it."""
    line = f"{folder}: no checks; write checks.py with at least one @check"
    assert refused(folder) == [line]
    assert refused(folder, "x = 1") == [line]


HIDDEN = '''
import checks
from checks import SEED, scores
from grader import check, close

@check(points=2, seconds=2, expect=[close("x")])
def secret(hw):
    """Secret."""
    return {"x": float(SEED + checks.SEED)}
'''


def test_hidden_checks_may_import_the_public_ones(folder: Path) -> None:
    """What they import is not a second check of theirs, and the file beside them is meant."""
    made = load(folder, GOOD, HIDDEN)
    assert [(each.name, each.hidden) for each in made] == [("scores", False), ("plain", False), ("secret", True)]
    assert made[2].probe(None) == {"x": 14.0}
    assert made[2].where == "hidden_checks.py:6 secret"


def test_hidden_checks_may_stand_alone(folder: Path) -> None:
    """An assignment without public checks is odd, not wrong."""
    assert [each.hidden for each in load(folder, None, ONE.format(arguments=RIGHT, takes="hw"))] == [True]


def test_loading_leaves_no_module_behind(tmp_path: Path) -> None:
    """Two assignments in one process do not see each other's checks."""
    for seed in ("7", "8"):
        folder = tmp_path / seed
        folder.mkdir()
        made = load(folder, GOOD.replace("SEED = 7", f"SEED = {seed}"), HIDDEN)
        assert made[2].probe(None) == {"x": 2.0 * int(seed)}
    assert not {"checks", "hidden_checks"} & sys.modules.keys()
