"""The group: cases that may see the same things share a process; what does not pass there is decided alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_course import Course, square, write_assignment

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import reference_folder
from grader.core.limits import Level, Limits
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import RerunRule, grade
from grader.grading.one_by_one import OneByOne
from grader.grading.regenerate import regenerate
from grader.grading.session import Checks, Session
from grader.grading.tasks import groups_of, tasks_of
from grader.results.report import Report
from grader.sandbox.fresh_sandbox import FreshSandbox
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.worker_process import WorkerProcess
from grader.submissions.reading import read_submission

ROOT = Path(__file__).parents[1]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.toml"))


class Counting:
    """The sandbox at hand; `alone` has the checks that were begun in a process of their own, `shared` counts others."""

    def __init__(self, sandbox: Any) -> None:
        self._sandbox = sandbox
        self.alone: list[str] = []
        self.shared = 0
        self.level, self.device = sandbox.level, sandbox.device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    def open(self, place: Slot, common: Mapping[str, Any], limits: Limits) -> WorkerProcess:
        """One that cases share."""
        self.shared += 1
        return self._sandbox.open(place, common, limits)

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        """One for a case alone."""
        if "check" in work:
            self.alone.append(work["check"] if work["case"] is None else f"{work['check']}[{work['case']}]")
        return self._sandbox.begin(place, work, limits)


WITHOUT_FORK = (pytest.mark.long, pytest.mark.harmless)


def _with_names(forked: Iterable[str], *, fresh: Sequence[str]) -> pytest.MarkDecorator:
    """Parameters for `counting` and a name: `fresh` are those that other processes than forks may answer otherwise."""
    cases = [pytest.param("forked", name) for name in forked]
    cases += [pytest.param("fresh", name, marks=WITHOUT_FORK) for name in fresh]
    return pytest.mark.parametrize(("counting", "name"), cases, indirect=["counting"])


@pytest.fixture(params=["forked", pytest.param("fresh", marks=WITHOUT_FORK)])
def counting(request: pytest.FixtureRequest, best: Sandbox) -> Iterator[Any]:
    """The sandbox at hand, and one of fresh processes, counted."""
    if request.param == "forked":
        yield Counting(best)
    else:
        with FreshSandbox(Level.SEPARATE) as fresh:
            yield Counting(fresh)


def _outcomes(report: Report) -> dict[str, Outcome]:
    return {verdict.name: verdict.outcome for verdict in report.verdicts}


def test_a_correct_submission_needs_one_process_for_each_half(counting: Any, tiny: Course) -> None:
    """Nothing is run alone but a hidden check, which has nobody to share with."""
    report = tiny.grade(counting)
    assert report.points == report.max_points
    assert (counting.shared, counting.alone) == (1, ["squares_of_a_matrix"])


@pytest.mark.slow
@_with_names(ASSIGNMENTS, fresh=("cnn", "vanishing_gradients"))
def test_the_cases_of_a_reference_are_decided_together(counting: Any, name: str) -> None:
    """A group that always falls back would be none: alone run only those that may not share."""
    assignment = load_assignment(ROOT / "assignments" / name)
    folder = reference_folder(assignment)
    assert folder
    session = Session.of(counting, assignment, checks=Checks.ALL)
    report = session.grade(read_submission(folder, assignment.manifest, id="reference"))
    assert report.points == report.max_points
    tasks = tasks_of(assignment.checks)
    shared = {task.name for group in groups_of(assignment, tasks) for task in group}
    assert len(shared) >= 0.8 * len(tasks)
    assert len(counting.alone) == len(tasks) - len(shared)


WRONG = {
    "an exit": "import os\nos._exit(0)",
    "an exception": "raise ValueError('no')",
    "a wrong answer": "return x",
    "a process that is killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "a thread that stays": "import threading, time\n"
    "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nreturn x",
    "a child that stays": "import os, time\nos.fork() or time.sleep(60)\nreturn x",
    "too much output": "print('x' * (2 << 20))\nreturn x",
    "a result without end": "import os\nos.write(3, bytes(100))\nreturn x",
    "memory without end": "import torch\nreturn torch.ones(1 << 40)",
    "functions of torch that are replaced": "import torch\ntorch.rand = torch.manual_seed = lambda *given: x\nreturn x",
    "no request": "import os\nos.closerange(4, 99)\nreturn x",
    "requests that are taken": "import socket\nfor fd in range(4, 99):\n"
    "    try: socket.recv_fds(socket.socket(fileno=fd), 16, 3, socket.MSG_DONTWAIT)\n"
    "    except OSError: pass\nreturn x",
}


@_with_names(WRONG, fresh=("an exit", "a thread that stays", "too much output", "a result without end", "no request"))
def test_what_one_case_does_costs_no_other(counting: Any, tiny: Course, name: str) -> None:
    """Its own points are lost, as they would be alone; those before and after it pass."""
    report = tiny.grade(counting, maths=square(WRONG[name]))
    outcomes = _outcomes(report)
    assert outcomes["greets"] is outcomes["essay_written"] is Outcome.PASSED
    assert Outcome.PASSED not in {outcomes["squares[small]"], outcomes["squares[large]"]}
    assert "squares[small]" in counting.alone


CHECKS = '''
import torch

CASES = {f"case{number}": {"n": number} for number in range(6)}

@check(points=6, seconds=20, cases=CASES, expect=[equal("given")])
def keeps(hw, case):
    """It gives back what it is given."""
    return {"given": hw.mine.keep(case["n"])}

@check(points=1, seconds=20, expect=[equal("state")])
def starts_afresh(hw):
    """Nothing is left of the cases before."""
    return {"state": hw.mine.state()}
'''
REFERENCE = {"mine.py": "def keep(n):\n    return n\n\ndef state():\n    return 0\n"}


@pytest.fixture(scope="module")
def course(best: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> GradingContext:
    """Six cases of one check, and one of another after them."""
    folder = write_assignment(tmp_path_factory.mktemp("together"), CHECKS, reference=REFERENCE)
    assignment = load_assignment(folder)
    regenerate(assignment, best, jobs=1, done=lambda name: None)
    return prepare(assignment, assignment.checks)


HONEST = {
    "a counter of calls": "calls = 0\ndef keep(n):\n    global calls\n    calls += 1\n    return n\n"
    "def state():\n    return calls",
    "a cache": "import functools\n@functools.cache\ndef keep(n):\n    return n\n"
    "def state():\n    return keep.cache_info().currsize",
    "a registry of classes": "class Base:\n    known = []\n    def __init_subclass__(cls): Base.known.append(cls)\n"
    "def keep(n):\n    class Mine(Base): pass\n    return n\ndef state():\n    return len(Base.known)",
    "a class that is pickled": "import pickle\nclass Mine:\n    def __init__(self, n): self.n = n\n"
    "def keep(n):\n    return pickle.loads(pickle.dumps(Mine(n))).n\ndef state():\n    return 0",
    "a seed": "import torch\ndef keep(n):\n    torch.manual_seed(n)\n    return n\n"
    "def state():\n    return int(torch.initial_seed())",
    "a dtype": "import torch\ndef keep(n):\n    torch.set_default_dtype(torch.float64)\n    return n\n"
    "def state():\n    return int(torch.get_default_dtype() != torch.float32)",
    "gradients that are switched off": "import torch\ndef keep(n):\n    torch.set_grad_enabled(False)\n    return n\n"
    "def state():\n    return int(not torch.is_grad_enabled())",
    "a file": "from pathlib import Path\ndef keep(n):\n    Path('left').write_text('x')\n    return n\n"
    "def state():\n    return int(Path('left').exists())",
    "a variable": "import os\ndef keep(n):\n    os.environ['LEFT'] = 'x'\n    return n\n"
    "def state():\n    return int('LEFT' in os.environ)",
    "a hook for all modules": "import torch\nfrom torch.nn.modules import module\ndef keep(n):\n"
    "    module.register_module_forward_hook(lambda *a: None)\n    return n\n"
    "def state():\n    return len(module._global_forward_hooks)",
    "a file in the folder for temporary ones": "import tempfile\nfrom pathlib import Path\n"
    "left = Path(tempfile.gettempdir(), 'left')\ndef keep(n):\n    left.write_text('x')\n    return n\n"
    "def state():\n    return int(left.exists())",
    "a registry of dataclasses": "import dataclasses\nknown = {}\ndef register(cls):\n"
    "    assert cls.__name__ not in known\n    known[cls.__name__] = cls\n    return cls\n"
    "@register\n@dataclasses.dataclass\nclass Mine:\n    n: int\n"
    "def keep(n):\n    return known['Mine'](n).n\ndef state():\n    return len(known) - 1",
    "a scripted function": "import torch\n@torch.jit.script\ndef twice(x: torch.Tensor):\n    return x + x\n"
    "def keep(n):\n    return int(twice(torch.tensor(n))) // 2\ndef state():\n    return 0",
    "a figure": "import matplotlib.pyplot as plt\ndef keep(n):\n    plt.plot([n])\n    return n\n"
    "def state():\n    return len(plt.get_fignums())",
    "a case that is changed": "import inspect\ndef keep(n):\n    frame = inspect.currentframe().f_back\n"
    "    frame.f_locals['case'].clear()\n    frame.f_globals['CASES'].clear()\n"
    "    return n\ndef state():\n    return 0",
}


@_with_names(HONEST, fresh=("a counter of calls", "a file", "a registry of dataclasses"))
def test_cases_do_not_see_what_others_have_left(counting: Any, course: GradingContext, name: str) -> None:
    """All are decided together, and the last one finds everything as the first did."""
    submission = replace(_submission(), files={"mine.py": HONEST[name].encode()})
    report = grade(course, submission, counting)
    assert _outcomes(report) == dict.fromkeys(_outcomes(report), Outcome.PASSED), report.verdicts
    assert counting.alone == []


# Honest code that may end its process, or keep it from being used again.
COSTLY = {
    # Its compiler is now and then loaded a second time in company, which it refuses; alone it is not.
    "a compiled function": "import torch\n@torch.compile(backend='eager')\ndef twice(x):\n    return x + x\n"
    "def keep(n):\n    return int(twice(torch.tensor(n))) // 2\ndef state():\n    return 0",
    "two threads": "import torch\ntorch.set_num_threads(2)\nones = torch.ones(512, 512)\n"
    "def keep(n):\n    ones @ ones\n    return n\ndef state():\n    return torch.get_num_threads() - 2",
    "an operator that is defined once": "import torch\ntorch.library.define('mine::op', '(Tensor x) -> Tensor')\n"
    "def keep(n):\n    return n\ndef state():\n    return 0",
    "a start method that is set once": "import multiprocessing\nmultiprocessing.set_start_method('spawn')\n"
    "def keep(n):\n    return n\ndef state():\n    return 0",
    "workers that are spawned": "import torch\nfrom torch.utils.data import DataLoader\ndef keep(n):\n"
    "    if n:\n        return n\n"
    "    loader = DataLoader(torch.arange(2), num_workers=1, multiprocessing_context='spawn')\n"
    "    return sum(int(batch) for batch in loader) - 1\ndef state():\n    return 0",
    "heavy imports": "import sklearn, matplotlib\ndef keep(n):\n    return n\ndef state():\n    return 0",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if "spawned" in name else ()) for name in COSTLY]
)
def test_honest_code_loses_nothing(best: Sandbox, course: GradingContext, name: str) -> None:
    """Whether it is decided in company or alone."""
    if name == "heavy imports":
        pytest.importorskip("sklearn")
    report = grade(course, replace(_submission(), files={"mine.py": COSTLY[name].encode()}), best)
    assert _outcomes(report) == dict.fromkeys(_outcomes(report), Outcome.PASSED), report.verdicts


EARLY = """
import os, socket, stat, threading, time
import torch
from grader.core import wire

FRAME = wire.encode_values({"state": 0}, 1 << 20)

def write_when_asked():
    while not hasattr(torch, "asked"):
        time.sleep(0.001)
    os.write(3, FRAME)

def answer_requests():
    requests = next(number for number in range(4, 30) if is_socket(number))
    while True:
        _, (_, result, _), _, _ = socket.recv_fds(socket.socket(fileno=os.dup(requests)), 16, 3)
        os.write(result, b"S" + FRAME)

def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False

def keep(n):
    {how}
    return n

def state():
    torch.asked = True
    time.sleep(0.2)
    return 1
"""
HOWS = {
    "before it is asked": "os.write(3, wire.encode_values({'given': n}, 1 << 20) + b'S' + FRAME)",
    "from a thread": "threading.Thread(target=write_when_asked, daemon=True).start()",
    "from a process": "os.fork() or answer_requests()",
    "from a process of its own session": "os.fork() or (os.setsid(), answer_requests())",
}


@pytest.mark.parametrize("how", HOWS)
def test_nobody_answers_for_another_case(best: Sandbox, course: GradingContext, how: str) -> None:
    """The right answer to a case, sent by the case before it, is in a pipe that nobody reads, or comes to its end."""
    report = grade(course, replace(_submission(), files={"mine.py": EARLY.replace("{how}", HOWS[how]).encode()}), best)
    assert _outcomes(report)["starts_afresh"] is Outcome.WRONG_ANSWER


def test_a_case_that_hangs_costs_no_other(best: Sandbox, tiny: Course) -> None:
    """Not even where it takes two processes along."""
    squares, *others = tiny.context.checks
    context = replace(tiny.context, checks=(replace(squares, seconds=0.5), *others))
    report = tiny.grade(best, context=context, maths=square("while True: pass"))
    outcomes = _outcomes(report)
    assert outcomes["squares[small]"] is outcomes["squares[large]"] is Outcome.TIME_LIMIT
    assert outcomes["greets"] is outcomes["essay_written"] is Outcome.PASSED


def _submission() -> Any:
    from grader.core.submission import Submission

    return Submission("student", {"mine.py": REFERENCE["mine.py"].encode()})


MIXED = "calls = []\ndef keep(n):\n    calls.append(n)\n    return -1 if n == 3 else len(calls) - 1 + n\n" + (
    "def state():\n    return len(calls)"
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(7)))
def test_no_order_of_the_cases_changes_a_verdict(counting: Any, course: GradingContext, order: Sequence[int]) -> None:
    """Asked for one by one, as pytest does in an order of its own, they are what they are all at once."""
    submission = replace(_submission(), files={"mine.py": MIXED.encode()})
    wanted = _outcomes(grade(course, submission, counting))
    assert sorted(set(wanted.values())) == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    tasks = tasks_of(course.checks)
    counting.shared = 0
    with OneByOne(course, submission, counting, tasks) as cases:
        verdicts = [cases.verdict(tasks[number]) for number in order]
    assert counting.shared == 1
    assert {verdict.name: verdict.outcome for verdict in verdicts} == wanted


def test_without_again_the_first_verdict_stands(counting: Any, course: GradingContext) -> None:
    """What fails in company is not run alone, and the verdicts are the same."""
    submission = replace(_submission(), files={"mine.py": MIXED.encode()})
    wanted = _outcomes(grade(course, submission, counting))
    tasks = tasks_of(course.checks)
    counting.shared, counting.alone = 0, []
    with OneByOne(course, submission, counting, tasks, again=False) as cases:
        verdicts = [cases.verdict(task) for task in tasks]
    assert {verdict.name: verdict.outcome for verdict in verdicts} == wanted
    assert (counting.shared, counting.alone) == (1, [])


ACCIDENT = "import torch\ndef keep(n):\n    torch.left = n\n    return n\n" + (
    "def state():\n    return int(not hasattr(torch, 'left'))"
)


def test_a_part_of_a_group_is_decided_alone(counting: Any, course: GradingContext) -> None:
    """What passes only because another case left something behind fails, whichever other part it is asked for with."""
    submission = replace(_submission(), files={"mine.py": ACCIDENT.encode()})
    whole = grade(course, submission, counting)
    assert set(_outcomes(whole).values()) == {Outcome.PASSED}
    assert (counting.shared, counting.alone) == (1, [])
    part = grade(course, submission, counting, before=whole, rerun=RerunRule(checks=["starts_afresh"]))
    tasks = tasks_of(course.checks)
    with OneByOne(course, submission, counting, tasks[3:]) as cases:
        verdicts = [cases.verdict(task) for task in tasks[3:]]
    assert _outcomes(part)["starts_afresh"] is verdicts[-1].outcome is Outcome.WRONG_ANSWER
    assert {verdict.outcome for verdict in verdicts[:-1]} == {Outcome.PASSED}
    assert counting.shared == 1


def test_company_is_part_of_the_key(course: GradingContext) -> None:
    """Where it is another, a verdict does not stand."""
    checks = (course.checks[0], replace(course.checks[1], alone=True))
    assignment = replace(course.assignment, checks=checks)
    changed = prepare(assignment, checks).judgements
    assert changed["keeps"] == course.judgements["keeps"]
    assert changed["starts_afresh"] != course.judgements["starts_afresh"]
