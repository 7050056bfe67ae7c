"""Exceptions that students of PyTorch meet: what is said of each, made by torch itself and by real mistakes."""

from __future__ import annotations

import importlib.util
import io
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from torch import nn

from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.worker.faults import explain
from grader.worker.recognisers import cause

BEGIN = "import torch\nfrom torch import nn\n"

# By mistake: the code, whose `go()` is called; words of the message; words of the next step.
MISTAKES: dict[str, tuple[str, str, str]] = {
    "no_flatten": ("def go(): nn.Linear(20000, 100)(torch.ones(25, 32, 25, 25))", "20000x100", "Flatten each sample"),
    "no_flatten_of_one": ("def go(): nn.Linear(96, 5)(torch.ones(1, 6, 4, 4))", "24*4 is 96", "Flatten each sample"),
    "linear_of_another_size": ("def go(): nn.Linear(30, 5)(torch.ones(2, 31))", "made for 30", "`in_features`"),
    "no_super": (
        """
        class Net(nn.Module):
            def __init__(self):
                self.layer = nn.Linear(2, 2)
        def go(): Net()
        """,
        "before Module.__init__() call",
        "Call `super().__init__()`",
    ),
    "layers_in_a_list": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = [nn.Linear(2, 2)]
        def go(): torch.optim.SGD(Net().parameters(), lr=0.1)
        """,
        "empty parameter list",
        "nn.ModuleList",
    ),
    "list_called": ("def go(): nn.ModuleList([nn.ReLU()])(torch.ones(2))", "ModuleList", "nn.Sequential"),
    "no_forward": ("class Net(nn.Module): pass\ndef go(): Net()(torch.ones(2))", "forward", "Write `forward`"),
    "batch_norm_1d": ("def go(): nn.BatchNorm1d(3)(torch.ones(2, 3, 4, 4))", "BatchNorm1d: expected", "nn.BatchNorm2d"),
    "batch_norm_2d": ("def go(): nn.BatchNorm2d(3)(torch.ones(2, 3))", "BatchNorm2d: expected 4D", "nn.BatchNorm1d"),
    "batch_norm_of_one": ("def go(): nn.BatchNorm1d(3)(torch.ones(1, 3))", "more than 1 value", "larger batch"),
    "channels": ("def go(): nn.Conv2d(3, 8, 3)(torch.ones(2, 16, 9, 9))", "Conv2d: ", "`in_channels`"),
    "too_small": ("def go(): nn.MaxPool2d(4)(torch.ones(1, 1, 2, 2))", "too small", "number of poolings"),
    "view": ("def go(): torch.ones(10, 3).view(4, -1)", "30 numbers", "`x.flatten(1)`"),
    "not_contiguous": ("def go(): torch.ones(2, 3).t().view(6)", "view size", "`.reshape(...)`"),
    "shortcut": ("def go(): torch.ones(2, 3, 4, 4) + torch.ones(2, 6, 4, 4)", "size of tensor a", "a shortcut needs"),
    "batch_mixed_up": (
        "def go(): nn.CrossEntropyLoss()(torch.ones(25, 4), torch.zeros(50).long())", "batch_size", "axis of the batch",
    ),
    "label_too_large": (
        "def go(): nn.CrossEntropyLoss()(torch.ones(1, 10), torch.tensor([10]))", "out of bounds", "count from 0",
    ),
    "float_labels": ("def go(): nn.CrossEntropyLoss()(torch.ones(2, 3), torch.ones(2))", "", "`.long()`"),
    "column_of_labels": (
        "def go(): nn.CrossEntropyLoss()(torch.ones(2, 3), torch.zeros(2, 1).long())", "0D or 1D", "of shape (N,)",
    ),
    "float64": ("def go(): nn.Linear(2, 2)(torch.ones(1, 2, dtype=torch.float64))", "same dtype", "`.float()`"),
    "cuda": ("def go(): torch.ones(2).cuda()", "", "This machine has no GPU"),
    "detached": ("def go(): torch.ones(2).sum().backward()", "does not require grad", "leaves the graph"),
    "in_place_on_a_leaf": ("def go():\n    w = torch.ones(2, requires_grad=True)\n    w += 1", "leaf", "`x = x + 1`"),
    "in_place": (
        """
        def go():
            x = torch.ones(2, requires_grad=True).sigmoid()
            y = x * x
            x += 1
            y.sum().backward()
        """,
        "inplace operation",
        "changed in place",
    ),
    "backward_twice": (
        "def go():\n    y = torch.ones(2, requires_grad=True).exp().sum()\n    y.backward()\n    y.backward()",
        "second time",
        "Compute the loss anew",
    ),
    "backward_of_many": ("def go(): torch.ones(2, requires_grad=True).exp().backward()", "scalar", "the mean"),
    "numpy_of_a_graph": ("def go(): torch.ones(2, requires_grad=True).numpy()", "", "`.detach().numpy()`"),
    "item_of_many": ("def go(): torch.ones(2).item()", "", "several numbers"),
    "if_of_many": ("def go():\n    if torch.ones(2) > 0: pass", "ambiguous", "`.all()`"),
    "forgotten_return": (
        """
        class Block(nn.Module):
            def forward(self, x):
                x.relu()
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.block = Block()
            def forward(self, x):
                out = self.block(x)
                return out.mean()
        def go(): Net()(torch.ones(2))
        """,
        "(`Block.forward` returns nothing)",
        "Write `return`",
    ),
    "none_of_a_function": (
        "def half(x):\n    y = x / 2\ndef go(): torch.relu(half(torch.ones(2)))", "`half` returns", "Write `return`",
    ),
    "none_in_an_attribute": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.ReLU()
                self.head = self.make_head()
            def make_head(self):
                nn.Linear(2, 2)
            def forward(self, x):
                return self.head(self.body(x))
        def go(): Net()(torch.ones(2))
        """,
        "(`Net.make_head` returns nothing)",
        "Write `return`",
    ),
    "another_none": ("def go():\n    x = None\n    x.mean()", "NoneType", "Something is None"),
    "f": ("def go(): F.relu(torch.ones(2))", "'F'", "`import torch.nn.functional as F`"),
    "get_ipython": ("get_ipython().magic('matplotlib inline')", "get_ipython", "Only a notebook knows it"),
    "json": ('{"cells": [{"execution_count": null}]}', "'null'", "notebook saved as .py"),
    "input": ("name = input('your name')", "", "Nobody can type here"),
    "no_dot": ("import mine", "lies in hw/mine.py", "needs a dot: `from .mine import ...`"),
    "pip": (
        "import subprocess, sys\n"
        "raise subprocess.CalledProcessError(1, [sys.executable, '-m', 'pip', 'install', 'einops'])",
        "Command '['python', '-m', 'pip',",
        "no network here",
    ),
    "colab": ("from google.colab import drive", "only Colab has it", "outside of Colab"),
    "drive": ("open('/content/drive/MyDrive/x.csv')", "'/content/drive", "on your Drive is not here"),
    "save_elsewhere": ("def go(): torch.save(1, '/nowhere/model.pt')", "/nowhere", "the current folder only"),
    "arguments": ("class A:\n    def f(x): pass\ndef go(): A().f(1)", "takes 1 positional", "is `self` the first"),
    "missing_argument": ("def f(x, y): pass\ndef go(): f(1)", "missing 1 required", "or needs a default"),
    "keyword": ("def go(): nn.Linear(2, 2, biass=True)", "'biass'", "the parameter is called otherwise"),
    "standard_library": (
        "from typing import no_such_thing", f"graded with Python {sys.version_info.major}.", "spelt",
    ),
    "merge": ("<<<<<<< HEAD\n", "mine.py:1", "leftovers of a merge"),
    "git_lfs": ("version https://git-lfs.github.com/spec/v1\noid sha256:12e45\n", "mine.py:", "`git lfs pull`"),
    "magic": ("%matplotlib inline\n", "mine.py:1", "for a notebook only"),
    "bracket": ("x = (1,\n", "mine.py:1", "Count the brackets"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_explained(mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has torch's own words, and the next step says what to do."""
    source, message, next_step = MISTAKES[mistake]
    fault = _fault(source, tmp_path, monkeypatch)
    assert fault.outcome is Outcome.RUNTIME_ERROR
    assert message in fault.message, fault
    assert next_step in fault.next_step, fault
    assert str(tmp_path) not in fault.message


@pytest.mark.parametrize("stub", ["raise NotImplementedError", "raise NotImplemented", "x = ...\n    x.mean()"])
def test_an_old_style_stub_is_not_attempted(stub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the course's stub raises NotImplemented, which is not an exception."""
    assert _fault(f"def go():\n    {stub}", tmp_path, monkeypatch).outcome is Outcome.NOT_ATTEMPTED


@pytest.mark.parametrize("said", ["ValueError: too hot", "KeyError: 'scores'", "AssertionError"])
def test_what_is_not_known_gets_no_advice(said: str) -> None:
    """No advice is better than a wrong one."""
    assert cause(*said.split(": ") if ": " in said else (said, "")) is None


def test_a_function_that_returns_is_not_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that gives None on some ways only, or yields, is not said to return nothing."""
    source = "def some(x):\n    if x > 1: return x\ndef go():\n    some(1).mean()"
    fault = _fault(source, tmp_path, monkeypatch)
    assert "returns nothing" not in fault.message


def test_the_students_own_lines_are_told_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the line that was called to the line that called torch, in the order in which they ran."""
    source = """
    class Net(nn.Module):
        def forward(self, x):
            return nn.functional.linear(x, torch.ones(3, 5))
    def go():
        Net()(torch.ones(2, 4))
    """
    fault = _fault(source, tmp_path, monkeypatch)
    assert [line.sentence for line in fault.trace] == [
        "hw/mine.py:8 in go: Net()(torch.ones(2, 4))",
        "hw/mine.py:6 in Net.forward: return nn.functional.linear(x, torch.ones(3, 5))",
    ]
    assert fault.cause == "RuntimeError hw/mine.py:6"


def test_the_lines_of_an_endless_recursion_are_few_and_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many have run, and however long each is."""
    source = f"def go():\n    return go() {'+ 1' * 200}"
    fault = _fault(source, tmp_path, monkeypatch)
    assert len(fault.trace) == 8 and all(len(line.text) == 160 for line in fault.trace)


def test_a_failed_assert_shows_itself_and_who_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An assert of the handout has no words of its own: what it asks for is in its line."""
    source = """
    def given(x):
        assert x.shape == (2, 3)
    def go():
        given(torch.ones(3, 2))
    """
    fault = _fault(source, tmp_path, monkeypatch)
    assert fault.message == "AssertionError in hw/mine.py:5 (given): assert x.shape == (2, 3)"
    assert fault.trace[0].sentence == "hw/mine.py:7 in go: given(torch.ones(3, 2))"


def test_a_line_that_python_cannot_read_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file never ran."""
    (line,) = _fault("x = (1,\n", tmp_path, monkeypatch).trace
    assert line.sentence == "hw/mine.py:1: x = (1,"


STAND_IN = """
def probe(go):
    def look(y):
        return 6 / y(3) if callable(y) else 6 / (y - 1)
    go(look)
"""
CALLS = {
    "it raises": ("look(1)", "ZeroDivisionError in `look` of checks.py:4, which is the course's and is called in"),
    "it has another parameter": ("look(x=2)", "TypeError in `look`, which is the course's and is called in"),
    "it takes less": ("look(1, 2)", "TypeError in `look`, which is the course's and is called in"),
    "it calls back": ("look(lambda x: x.mean())", "AttributeError in hw/mine.py:4 (<lambda>)"),
    "another function": ("probe = lambda: 1; probe(2)", "TypeError in hw/mine.py:4 (go)"),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_the_checks_raise_is_not_the_students(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in that student code calls is the course's; what it calls of the student's is not."""
    call, said = CALLS[name]
    checks: dict[str, Any] = {"__name__": "checks"}
    exec(compile(STAND_IN, "checks.py", "exec"), checks)
    fault = _fault(f"def go(look):\n    {call}", tmp_path, monkeypatch, call=checks["probe"])
    assert fault.outcome is Outcome.RUNTIME_ERROR
    assert fault.message.startswith(said), fault
    assert fault.place == "hw/mine.py:4"
    assert ("tell the course staff" in fault.next_step) == ("course's" in said)


def test_the_courses_own_loss_is_given_what_it_cannot_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice is that on what torch says, beside that on what is the course's."""
    checks: dict[str, Any] = {"__name__": "checks", "cross_entropy": nn.functional.cross_entropy}
    source = "def probe(go):\n    def loss(scores, y):\n        return cross_entropy(scores, y)\n    go(loss)\n"
    exec(compile(source, "checks.py", "exec"), checks)
    mine = "def go(loss):\n    loss(torch.ones(2, 3), torch.tensor([1, 3]))"
    fault = _fault(mine, tmp_path, monkeypatch, call=checks["probe"])
    assert "in `loss` of checks.py:3, which is the course's" in fault.message
    assert fault.next_step.startswith("Labels count from 0") and fault.next_step.endswith("tell the course staff.")


def _fault(
    source: str, folder: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[[Any], object] = lambda go: go()
) -> Fault:
    """What is said of a module `hw/mine.py`: of its import, or of what calls its `go`."""
    path = folder / "hw" / "mine.py"
    path.parent.mkdir(exist_ok=True)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    path.write_text(BEGIN * ("\n" not in source or "def " in source or "class " in source) + dedent(source))
    linecache.checkcache(str(path))
    spec = importlib.util.spec_from_file_location("mine", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        call(module.go)
    except BaseException as error:
        return explain(error, folder)
    raise AssertionError("nothing was raised")
