"""Old stubs return None, or nothing: what still stands as it was given out is not attempted, whatever it returns."""

from __future__ import annotations

from pathlib import Path

import pytest
from lms_downloads import Files, put
from tiny_course import write_assignment

from grader.assignment.assignment import load_assignment
from grader.assignment.student_files import write_student_files
from grader.assignment.untouched import is_untouched
from grader.checks.loading import load_checks
from grader.core.errors import AuthorError
from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.grading.context import prepare
from grader.grading.grade import grade
from grader.grading.regenerate import regenerate
from grader.grading.session import Checks, Session
from grader.releasing.release import release_of, try_release
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

CHECKS = '''
from pathlib import Path

from grader import check, equal


def called(hw, name):
    return getattr(hw.optim, name)(2)




@check(points=1, seconds=1, expect=[equal("seen")])
def adam(hw):
    """adam."""
    return {"seen": called(hw, "adam")}


@check(points=1, seconds=1, expect=[equal("seen")])
def sgd(hw):
    """sgd."""
    return {"seen": hw.optim.sgd(2)}


@check(points=1, seconds=1, expect=[equal("seen")])
def goes_forward(hw):
    """Net()(x)."""
    return {"seen": hw.net.Net()(2)}


@check(points=1, seconds=1, expect=[equal("seen")])
def goes_backward(hw):
    """Net.backward."""
    return {"seen": hw.net.Net.backward(hw.net.Net, 2)}


@check(points=1, seconds=1, expect=[equal("seen")])
def solves(hw):
    """The course's solver, which calls what students write."""
    return {"seen": hw.solver.Solver().solved(hw.net.Net())}


@check(points=1, seconds=1, expect=[equal("seen")])
def weights(hw):
    """The weights."""
    return {"seen": Path("best.pth").stat().st_size, "sgd": hw.optim.sgd(1)}


@check(points=1, seconds=1, expect=[equal("seen")])
def other(hw):
    """Nothing of the handout's."""
    return {"seen": hw.own.nothing()}
'''
OPTIM = """\
from helpers import scaled

RATE = 0.1


def sgd(w):
    next_w = None
    # TODO: write this
    return next_w


def adam(w):
    pass


def given(w):
    return scaled(sgd(w), RATE)
"""
NET = """\
from nn import Module


class Base(Module):
    width = 4

    def forward(self, x):
        pass


class Net(Base):
    '''A net.'''

    depth = 2

    def __init__(self):
        self.weight = self.initial()

    def initial(self):
        return [0] * self.depth

    def forward(self, x):
        raise NotImplemented

    def backward(self, dy):
        raise NotImplemented
"""
PROVIDED: Files = {
    "hw/solver.py": b"from hw import optim\n\nclass Solver:\n    def solved(self, x):\n        return optim.adam(x)\n"
}
HANDOUT: Files = {"optim.py": OPTIM.encode(), "net.py": NET.encode()}
NETS, SGD = {"goes_forward", "goes_backward", "solves"}, {"sgd", "weights"}
ALL = {"adam", "sgd", "goes_forward", "goes_backward", "solves", "weights"}
RAISES = "    def forward(self, x):\n        raise NotImplemented\n"
EDITS: dict[str, tuple[str, str, str, set[str]]] = {
    "nothing": ("optim.py", "", "", ALL),
    "white space and line ends": ("optim.py", "\n", "  \r\n", ALL),
    "another function": ("optim.py", "    pass", "    return w", ALL - {"adam", "solves"}),
    "a constant that it does not use": ("optim.py", "RATE = 0.1", "RATE = 0.2", ALL),
    "an import on top": ("optim.py", "from helpers", "import math\nfrom helpers", ALL),
    "the body": ("optim.py", "next_w = None", "next_w = w", ALL - SGD),
    "a second one below": ("optim.py", "RATE = 0.1", "RATE = 0.1\ndef own(w): return w\nsgd = own", ALL - SGD),
    "a second one above it": ("optim.py", "def sgd(w):\n", "def sgd(w):\n    return w\ndef sgd(w):\n", ALL - SGD),
    "what it brings without a name": ("net.py", "self.weight = self.initial()", "self.weight = 1", ALL - NETS),
    "what that calls": ("net.py", "[0] * self.depth", "[1]", ALL - NETS),
    "a constant of the class": ("net.py", "depth = 2", "depth = 3", ALL - NETS),
    "one method": (
        "net.py",
        "self, dy):\n        raise NotImplemented",
        "self, dy):\n        return dy",
        ALL - {"goes_backward"},
    ),
    "one of two methods of that name": (
        "net.py",
        RAISES,
        RAISES.replace("raise NotImplemented", "return x"),
        ALL - NETS,
    ),
    "the class above": ("net.py", "class Base(Module):", "class Base(object):", ALL - NETS),
    "all of it": ("optim.py", OPTIM, "\0\xff(", ALL - {"adam", "solves", "sgd", "weights"}),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_a_check_reaches_has_to_be_as_given_out(tmp_path: Path, name: str) -> None:
    """All of it, by whatever name it gets there, and nothing else."""
    file, old, new, untouched = EDITS[name]
    files = {**HANDOUT, file: HANDOUT[file].decode().replace(old, new).encode() if old else HANDOUT[file]}
    assert (files != HANDOUT) == bool(old)
    checks = {"checks.py": CHECKS.encode()}
    loaded, course = load_checks(put(tmp_path, checks)), {**checks, **PROVIDED}
    assert {each.name for each in loaded if is_untouched(each, course, HANDOUT, files)} == untouched
    with_weights = {**files, "best.pth": b"1"}
    found = {each.name for each in loaded if is_untouched(each, course, HANDOUT, with_weights)}
    assert found == untouched - {"weights"}
    assert not any(is_untouched(each, course, {}, files) for each in loaded)


def test_an_untouched_stub_is_not_attempted(best: Sandbox, tmp_path: Path) -> None:
    """Where the handout is known, and so is a given function that needs it. What was begun is wrong."""
    probe = '''
    @check(points=1, seconds=9, expect=[equal("seen")])
    def {name}(hw):
        """{name}."""
        return {{"seen": hw.mine.{name}(2)}}
    '''
    solved = "def stub(x):\n    return 2 * x\n\n\ndef given(x):\n    return stub(x) + 1\n"
    begun = solved.replace("return 2 * x", "y = None\n    return y")
    text = "".join(probe.format(name=name) for name in ("stub", "given"))
    assignment = load_assignment(write_assignment(tmp_path, text, reference={"mine.py": solved}))
    regenerate(assignment, best, jobs=2, done=lambda name: None)
    context = prepare(assignment, assignment.checks)

    def outcomes(mine: str, given: str = "") -> list[Outcome]:
        handout = {"mine.py": given.encode()} if given else {}
        report = grade(context, Submission("ada", {"mine.py": mine.encode()}, given=handout), best)
        assert not report.points or mine == solved
        return [each.outcome for each in report.verdicts]

    assert outcomes(begun, given=begun) == [Outcome.NOT_ATTEMPTED, Outcome.NOT_ATTEMPTED]
    assert outcomes(begun) == [Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR]
    assert outcomes(begun.replace("y = None", "y = x"), given=begun) == [Outcome.WRONG_ANSWER, Outcome.WRONG_ANSWER]
    assert outcomes(solved, given=solved) == [Outcome.PASSED, Outcome.PASSED]


NOTEBOOK_CHECKS = '''
from grader import check, equal


@check(points=1, seconds=1, expect=[equal("seen")])
def takes_it(hw, notebook):
    """The notebook's."""
    return {"seen": notebook.rate}
'''


def test_what_takes_a_notebook_is_untouched_where_all_is(tmp_path: Path) -> None:
    """Its cells may use anything; of one that is all there is, `hw` is the notebook."""
    checks = {"checks.py": NOTEBOOK_CHECKS.encode()}
    (check,) = load_checks(put(tmp_path, checks))
    cells = {"cells.json": b'[{"number": 1, "source": "rate = None", "tags": []}]'}
    handout = {**HANDOUT, **cells, "report.ipynb": b"{}"}
    assert is_untouched(check, checks, handout, {**HANDOUT, **cells})
    for changed in ({"optim.py": OPTIM.replace("pass", "return w").encode()}, {"cells.json": b"[]"}, {"best.pth": b""}):
        assert not is_untouched(check, checks, handout, {**HANDOUT, **cells, **changed})
    assert not is_untouched(check, checks, HANDOUT, HANDOUT)
    alone = load_checks(put(tmp_path / "alone", {"checks.py": CHECKS.encode()}))
    assert all(is_untouched(each, {}, {**cells, "report.ipynb": b"{}"}, cells) for each in alone)
    assert not any(is_untouched(each, {}, cells, {"cells.json": b"[]"}) for each in alone)


STUBS = {
    "passes": ["pass"],
    "returns_none": ["return None"],
    "gives_a_name": ["y = None", "return y"],
    "has_dots": ["y = ...", "return y"],
    "raises_a_constant": ["raise NotImplemented"],
    "raises": [],
}


def test_stubs_of_every_style_can_be_released(best: Sandbox, tmp_path: Path) -> None:
    """A release knows what it gave out: at home, too, nobody is told that they are wrong before they have begun."""
    probe = '''
    @check(points=1, seconds=9, expect=[equal("seen")])
    def of_{name}(hw):
        """{name}."""
        return {{"seen": hw.mine.{name}(2)}}
    '''
    solved = ""
    for name, lines in STUBS.items():
        stub = "".join(f"    # STUB: {line}\n" for line in lines)
        solved += f"def {name}(x):\n    # BEGIN SOLUTION\n{stub}    return 2 * x\n    # END SOLUTION\n\n\n"
    checks = "".join(probe.format(name=name) for name in STUBS)
    home = write_assignment(tmp_path, checks, reference={"mine.py": solved})
    assignment = load_assignment(home)
    write_student_files(tmp_path / "solutions/scratch", home, assignment.manifest)
    regenerate(assignment, best, jobs=2, done=lambda name: None)
    release = release_of(load_assignment(home))
    assert {each.outcome for each in try_release(release, best).verdicts} == {Outcome.NOT_ATTEMPTED}

    there = tmp_path / "there"
    release.write(there)
    mine, record = there / "hw/mine.py", there / "handout.json"
    mine.write_text(mine.read_text().replace("    pass\n", "    return x\n"))

    def outcomes() -> list[Outcome]:
        session = Session.of(best, load_assignment(there), checks=Checks.PUBLIC)
        read = read_submission(there, session.assignment.manifest, handout=session.assignment.given_out())
        found = [each.outcome for each in session.grade(read).verdicts]
        with session.one_by_one(read, session.context.tasks) as cases:
            assert [cases.verdict(task).outcome for task in session.context.tasks] == found
        return found

    assert outcomes() == [Outcome.WRONG_ANSWER, *[Outcome.NOT_ATTEMPTED] * 5]
    kept = record.read_bytes()
    for damaged in (b"{", b"[]", b"\xff"):
        record.write_bytes(damaged)
        with pytest.raises(AuthorError, match=r"handout\.json: damaged; unpack the release again"):
            outcomes()
    record.unlink()
    without = [*[Outcome.WRONG_ANSWER] * 3, *[Outcome.NOT_ATTEMPTED] * 3]  # what raises says so itself
    assert outcomes() == without
    assert b"return 2 * x" not in kept
