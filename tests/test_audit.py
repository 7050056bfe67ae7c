"""`grader audit`: what survives is told, what fails is not run twice, and an author's mistakes are sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tiny_course import write_assignment
from wrong_solutions import ROOT

from grader.assignment.assignment import load_assignment
from grader.authoring.audit import Audit
from grader.authoring.memory import Memory
from grader.authoring.plan import plan_audit
from grader.authoring.remarks import Kind, remarks
from grader.authoring.run import run_audit
from grader.core.errors import AuthorError, UsageError
from grader.core.verdict import Outcome
from grader.grading.regenerate import regenerate
from grader.grading.session import Checks, Session
from grader.pages.audit_html import audit_page
from grader.sandbox.sandbox import Sandbox

CHECKS = '''
@check(points=4, seconds=5, expect=[equal("ends")])
def ends(hw):
    """ends gives the first and the last number."""
    return {"ends": list(hw.mine.ends([3, 5, 3]))}


@check(points=2, seconds=5, cases={"some": {"n": 3}, "none": {"n": 0}}, expect=[equal("sum")])
def counted(hw, case):
    """count adds up the numbers."""
    return {"sum": hw.mine.count(case["n"])}


@check(points=0, seconds=5, expect=[equal("rest")])
def halves(hw):
    """halved ends."""
    return {"rest": hw.mine.halved(5)}


@check(points=1, seconds=5, expect=[equal("answer")])
def given_away(hw):
    """It looks at nothing of the student's."""
    return {"answer": 42}
'''
HIDDEN = '''
@check(points=3, seconds=5, expect=[equal("sum")])
def counted_further(hw, seed):
    """count adds up many numbers."""
    return {"sum": hw.mine.count(7 + seed % 3)}
'''
MINE = '''
"""Ends and sums."""


def ends(numbers):
    """The first and the last number. In which order they come does not matter."""
    # BEGIN SOLUTION
    return numbers[0], numbers[-1]
    # END SOLUTION


def count(n):
    """The sum of all numbers up to n."""
    # BEGIN SOLUTION
    total = 0
    for number in range(1, n + 1):
        total += number
    return total
    # END SOLUTION


def halved(n):
    """n halved until it is 1 or less."""
    while n > 1:
        # BEGIN SOLUTION
        n //= 2
        # END SOLUTION
    return n
'''
REWRITES = """
[a_list]
why = "The handout does not ask for a tuple."
file = "mine.py"
old = "return numbers[0], numbers[-1]"
new = "return [numbers[0], numbers[-1]]"

[a_tensor]
edits = [
    { old = "return total", new = "return torch.tensor(total)" },
    { old = "def ends", new = "import torch\\ndef ends" },
]
"""
STUB = '"""Ends and sums. In which order they come\n does not matter."""\n'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> Path:
    """An assignment whose public data reads the same from both ends, with the stub that students get."""
    folder = tmp_path_factory.mktemp("audited")
    home = write_assignment(folder, CHECKS, hidden=HIDDEN, reference={"__init__.py": "", "mine.py": MINE})
    (home / "hw").mkdir()
    (home / "hw" / "mine.py").write_text(STUB)
    (folder / "solutions" / "scratch" / "rewrites.toml").write_text(REWRITES)
    regenerate(load_assignment(home), best, jobs=2, done=lambda name: None)
    return home


def audited(home: Path, sandbox: Sandbox, memory: Path, **options: Any) -> Audit:
    """The audit of the assignment, with a memory in this file."""
    only = options.pop("only", ())
    session = Session.of(sandbox, load_assignment(home), checks=Checks.ALL)
    with ThreadPoolExecutor(2) as pool:
        return run_audit(session, plan_audit(session.assignment, only=only), Memory(memory), pool, **options)


def changes(audit: Audit) -> list[tuple[str, str]]:
    """The operator and the new line of each survivor."""
    return [(each.operator, each.new.strip()) for each in audit.survivors]


@pytest.mark.harmless
def test_survivors_are_what_no_check_sees(best: Sandbox, home: Path, tmp_path: Path) -> None:
    """Data that reads the same from both ends lets a wrong index pass; rates, points and the page tell the rest."""
    found = audited(home, best, tmp_path / "verdicts.jsonl", all_checks=True)
    survivors = changes(found)
    assert ("wrong index", "return numbers[-1], numbers[-1]") in survivors
    assert ("swapped arguments", "return numbers[-1], numbers[0]") in survivors
    assert not any("numbers[1]" in new for _, new in survivors)
    rates = {rate.name: rate for rate in found.functions}
    assert rates["ends"].survived == len([each for each in found.survivors if each.function == "ends"]) > 2
    assert rates["count"].killed > rates["count"].survived
    assert found.total.tried == found.made == sum(rate.tried for rate in found.operators)
    assert {check.name: check.killed for check in found.checks}["given_away"] == 0
    assert "given_away" in found.idle
    assert found.stub and (found.stub.points, found.stub.checks) == (1, {"given_away": Fraction(1)})
    endless = next(each for each in found.results if each.operator == "removed statement" and "n //= 2" in each.old)
    assert endless.by_limit and set(endless.failed.values()) == {Outcome.TIME_LIMIT}
    assert endless.seconds < 3  # not the five of the check
    none = next(each for each in found.results if each.new.strip() == "return None" and each.function == "count")
    assert none.lost == 5 and set(none.failed) == {"counted[some]", "counted[none]", "counted_further"}
    assert [(each.name, each.failed) for each in found.rewrites if not each.failed] == [("a_list", {})]
    (alarm,) = found.false_alarms
    assert (alarm.name, alarm.lost) == ("a_tensor", 5)
    twin = "counted_further (secret)"
    assert {twin in each.asked for each in found.survivors} == {True}
    assert not any(twin in each.asked for each in found.results if "counted_further" in each.failed)
    said = {(each.kind, each.about, each.text) for each in found.remarks}
    assert said == {
        (Kind.SYMMETRIC, "ends", "[3, 5, 3] in line 8"),
        (Kind.CLAIMED, "counted", "1 of 2 points can be had without the work, by numbers of 0"),
    }
    page = audit_page(found)
    assert "return numbers[-1], numbers[0]" in page and "Two neighbours among arguments" in page


class Counting:
    """A sandbox that counts the processes that it is asked for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.processes = 0

    def __getattr__(self, name: str) -> Any:
        self.processes += name in ("open", "begin")
        return getattr(self._sandbox, name)


@pytest.mark.harmless
def test_what_is_known_is_not_run_again(best: Sandbox, home: Path, tmp_path: Path) -> None:
    """A second audit starts no process; a line that was cut off is run again, and so is what a changed check said."""
    memory = tmp_path / "verdicts.jsonl"
    first = audited(home, best, memory, only=["ends"])
    counting: Any = Counting(best)
    assert changes(audited(home, counting, memory, only=["ends"])) == changes(first)
    assert counting.processes == 0
    memory.write_bytes(memory.read_bytes()[:-9])
    assert changes(audited(home, counting, memory, only=["ends"])) == changes(first)
    assert counting.processes > 0
    checks = home / "checks.py"
    before = checks.read_text()
    checks.write_text(before.replace("points=4", "points=5"))
    counting.processes = 0
    try:
        assert changes(audited(home, counting, memory, only=["ends"])) == changes(first)
    finally:
        checks.write_text(before)
    assert counting.processes == first.total.tried + 4  # and the reference, the stub and two rewrites


def test_a_rewrite_that_does_not_fit_is_refused(home: Path) -> None:
    """All at once, each as a sentence."""
    path = home.parents[1] / "solutions" / "scratch" / "rewrites.toml"
    path.write_text(
        f"{REWRITES}[b]\nold = 'x'\n[c]\nfile = 'yours.py'\nold = 'x'\nnew = 'y'\n[d]\nold = 'qq'\nnew = 'y'\n"
        "[e]\n[f]\ncell = 'x'"
    )
    try:
        with pytest.raises(AuthorError) as refused:
            plan_audit(load_assignment(home))
    finally:
        path.write_text(REWRITES)
    assert [problem.partition("rewrites.toml: ")[2] for problem in refused.value.problems] == [
        "b.edits.0.new: field required; correct it",
        "c: the reference has no yours.py; correct it",
        "d: 'qq' must stand in the reference once, not 0 times; correct it",
        "e: needs edits or a cell, and not both; correct it",
        "f: a package has no cells; correct it",
    ]


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(ROOT.glob("assignments/*/assignment.toml"))])
def test_every_assignment_can_be_audited(name: str) -> None:
    """There are mistakes to make, and right solutions beside the reference."""
    plan = plan_audit(load_assignment(ROOT / "assignments" / name))
    assert plan.made == len(plan.chosen) >= 100
    assert len(plan.rewrites) >= 9


def equivalent(home: Path, table: str) -> Mapping[str, str]:
    """The mutants that this `audit.toml` allows."""
    path = home.parents[1] / "solutions" / "scratch" / "audit.toml"
    path.write_text(table)
    try:
        return plan_audit(load_assignment(home)).equivalent
    finally:
        path.unlink()


TABLE = """
[the_other_way]
old = "return numbers[0], numbers[-1]"
new = "return numbers[-1], numbers[0]"
handout = "{}"
"""


def test_an_equivalent_mutant_quotes_the_handout(home: Path) -> None:
    """Its sentence may be wrapped; another is refused, and so is an edit that is not a mutant."""
    sentence = "In which order they come does not matter."
    assert [*equivalent(home, TABLE.format(sentence)).values()] == [sentence]
    for table, said in (
        (TABLE.format("They may come in any order."), "the_other_way: the handout does not say 'They may come in any"),
        (TABLE.format(sentence).replace("[-1], n", "[7], n"), "the_other_way: no mutant is this edit; remove"),
        (TABLE.format("In"), "the_other_way.handout: string should have at least 20 characters; correct it"),
        ("[", "audit.toml: not TOML"),
    ):
        with pytest.raises(AuthorError, match=said.replace("(", r"\(")):
            equivalent(home, table)


def test_what_cannot_be_audited_is_one_sentence(best: Sandbox, home: Path, tmp_path: Path) -> None:
    """No reference, one that fails, a function that is not there, a memory of something else."""
    with pytest.raises(UsageError, match=r"^--only end: no mistake can be made there; name one of ends"):
        plan_audit(load_assignment(home), only=["end"])
    with pytest.raises(UsageError, match=r"scratch: no reference solution at \.\./\.\./solutions/scratch; write it"):
        plan_audit(load_assignment(write_assignment(tmp_path, CHECKS)))
    (tmp_path / "verdicts.jsonl").write_text("{}\n")
    with pytest.raises(UsageError, match=r"verdicts\.jsonl line 1: .*; delete it, and all is run again"):
        Memory(tmp_path / "verdicts.jsonl")


@pytest.mark.harmless
def test_the_command_writes_page_and_json(home: Path, tmp_path: Path) -> None:
    """As people run it, with a limit."""
    arguments = ["audit", str(home), "--limit", "2", "--out", str(tmp_path), "--json"]
    done = subprocess.run(
        [Path(sys.executable).with_name("grader"), *arguments], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["total"]["killed"] + said["total"]["survived"] == 2 < said["made"]
    assert json.loads((tmp_path / "scratch" / "audit.json").read_text()) == said
    assert "2 of " in (tmp_path / "scratch" / "audit.html").read_text()
    assert "the untouched stub gets 1 of 10 points: given_away 1" in done.stderr


@pytest.mark.harmless
def test_tolerances_are_held_against_the_numbers_and_their_spread(best: Sandbox, tmp_path: Path) -> None:
    """One that is finer than the last digit, and one that is nearly used up by settings; not what is in order."""
    checks = '''
    @check(points=1, seconds=5, expect=[close("large"), close("small"), close("relative", rtol=1e-5), close("sum")])
    def measures(hw):
        """It adds."""
        x = torch.rand(3, 50, generator=torch.Generator().manual_seed(0))
        return {"large": x[0] * 1e5, "small": x[1], "relative": x[2] * 1e5, "sum": hw.mine.total(x)}
    '''
    mine = "import torch\n\ndef total(x):\n    return x.sum(1) + 2e-4 * torch.get_num_threads()\n"
    home = write_assignment(tmp_path, checks, reference={"__init__.py": "", "mine.py": mine})
    regenerate(load_assignment(home), best, jobs=2, done=lambda name: None)
    session = Session.of(best, load_assignment(home), checks=Checks.ALL)
    fine, varies = sorted(remarks(session.context), key=lambda each: each.kind)
    assert (fine.kind, varies.kind) == (Kind.RESOLUTION, Kind.SPREAD)
    assert fine.text.startswith('"large" is compared within 0.001, and the last digit of numbers as large as ')
    assert varies.text.startswith('"sum" varies by ') and varies.text.endswith("too close to the tolerance 0.001")
