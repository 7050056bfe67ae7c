"""Tensors that a course already has become expected values, with and without a reference solution."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from conftest import Start
from test_cnn_reference import COURSE_ASSETS
from tiny_course import write_assignment

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import load_expected
from grader.authoring.imported import import_values, parsed
from grader.core.errors import AuthorError, UsageError
from grader.core.limits import Level
from grader.core.submission import Submission
from grader.grading.context import prepare
from grader.grading.grade import grade
from grader.grading.regenerate import regenerate
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
CHECKS = '''
CASES = {"short": {"n": 3}, "long": {"n": 4}}

@check(points=2, seconds=5, cases=CASES, expect=[close("doubled")])
def doubles(hw, case):
    """Twice the numbers."""
    return {"doubled": hw.mine.double(torch.arange(case["n"]).float())}

@check(points=3, seconds=5, expect=[close("masked", infinities=True), equal("name")])
def masks(hw):
    """What comes later is masked."""
    return {"masked": hw.mine.mask(3), "name": hw.mine.NAME, "more": torch.ones(2)}
'''
RIGHT = """
import torch

NAME = "mask"

def double(x):
    return 2 * x

def mask(n):
    return torch.full((n, n), -torch.inf).triu(1)
"""
WANTED = (
    "doubles[short].doubled=short.pt",
    "doubles[long].doubled=both.npz:long",
    "masks.masked=mask.pkl:layers.0",
    "masks.name=mask.pkl:name",
)


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An assignment without a reference, and files that a course may have, which lie in the current folder."""
    monkeypatch.chdir(tmp_path)
    torch.save(torch.tensor([0.0, 2.0, 4.0]), "short.pt")
    numpy.savez("both.npz", long=numpy.arange(0, 8, 2, dtype=numpy.float32), other=numpy.zeros(2))
    mask = numpy.triu(numpy.full((3, 3), -numpy.inf, dtype=numpy.float32), 1)
    Path("mask.pkl").write_bytes(pickle.dumps({"layers": [mask], "name": "mask"}))
    return write_assignment(tmp_path, CHECKS)


def test_files_of_tensors_are_enough_to_grade_by(best: Sandbox, saved: Path) -> None:
    """Without any reference: right code gets all points, and wrong code loses those of what is wrong."""
    assert _import(best, saved, *WANTED) == ["doubles", "masks"]
    assert _graded(best, saved, RIGHT).points == 5
    wrong = _graded(best, saved, RIGHT.replace("triu(1)", "triu(0)"))
    assert [str(verdict.outcome) for verdict in wrong.verdicts] == ["PASSED", "PASSED", "WRONG_ANSWER"]
    finite = _graded(best, saved, RIGHT.replace("-torch.inf", "-1e9"))
    assert "expected -inf" in finite.verdicts[2].message


def test_a_reference_is_held_to_what_was_imported(best: Sandbox, saved: Path) -> None:
    """`regenerate` adds what was not imported; where the reference differs it says so, and nothing moves."""
    _import(best, saved, *WANTED)
    solution = saved.parents[1] / "solutions/scratch/hw"
    solution.mkdir(parents=True)
    (solution / "mine.py").write_text(RIGHT.replace("2 * x", "2 * x + 1e-4"))
    with pytest.raises(AuthorError, match="stale, the reference solution changed"):
        load_expected(load_assignment(saved), load_assignment(saved).checks)
    _regenerate(best, saved)
    values = load_expected(load_assignment(saved), load_assignment(saved).checks)
    assert values["doubles"].values["short"]["doubled"].tolist() == [0, 2, 4]  # type: ignore[union-attr]
    assert set(values["masks"].values[None]) == {"masked", "name", "more"}
    (solution / "mine.py").write_text(RIGHT.replace("2 * x", "3 * x"))
    before = {path: path.read_bytes() for path in (saved / "expected").iterdir()}
    with pytest.raises(AuthorError) as refused:
        _regenerate(best, saved)
    assert (
        "doubles[short]: the reference itself gets WRONG_ANSWER with the imported values" in refused.value.problems[0]
    )
    assert {path: path.read_bytes() for path in (saved / "expected").iterdir()} == before


def test_a_file_runs_its_code_in_the_sandbox_only(shut_in: Sandbox, saved: Path, tmp_path: Path) -> None:
    """A pickle is a program: it is run where it reaches nothing, and what it gives is not an array."""
    reached = tmp_path / "reached"
    tmp_path.chmod(0o777)
    Path("short.pt").write_bytes(pickle.dumps(_Touches(reached)))
    with pytest.raises(AuthorError):
        _import(shut_in, saved, WANTED[0])
    Path("hostile.pkl").write_bytes(pickle.dumps(_Touches(reached)))
    with pytest.raises(AuthorError, match=r"hostile.pkl: "):
        _import(shut_in, saved, "doubles[short].doubled=hostile.pkl")
    assert not reached.exists()
    assert pickle.loads(Path("hostile.pkl").read_bytes()) is None  # here it does reach it
    assert reached.exists()


def test_no_file_is_read_where_nothing_shuts_it_in(start: Start, saved: Path) -> None:
    """At the level `separate` a pickle would run as the teacher."""
    with pytest.raises(UsageError, match="may run code when it is read"):
        _import(start(Level.SEPARATE), saved, WANTED[0])


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["doubles.doubled=short.pt"], "its cases are short, long; write one of them in brackets"),
        (["masks[short].masked=short.pt"], "masks[short].masked: it has no cases"),
        (["other.x=short.pt"], "there is no check other; it is one of doubles, masks"),
        (["doubles[short].doubled=both.npz"], "has several arrays; write one of long, other behind a colon"),
        (["doubles[short].doubled=both.npz:short"], "has no short; its keys are long, other"),
        (["doubles[short].doubled=mask.pkl:layers.0"], "write close(..., infinities=True)"),
        (["doubles[short].doubled=short.pt"], 'doubles[long]: the criterion close reads "doubled"'),
        (["doubles[short].doubled=torn.npz"], "torn.npz: cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_told(best: Sandbox, saved: Path, wanted: list[str], told: str) -> None:
    """One sentence, and no file is written."""
    Path("torn.npz").write_bytes(Path("both.npz").read_bytes()[:100])
    with pytest.raises(AuthorError) as refused:
        _import(best, saved, *wanted)
    assert told in "\n".join(refused.value.problems)
    assert not (saved / "expected").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("doubles", "not an import; write CHECK"),
        ("doubles[a].b=absent.pt", "absent.pt: there is no such file"),
        ("doubles[a].b=mask.txt", "mask.txt: not a file of arrays; give one of .npy"),
    ],
)
def test_what_is_not_an_import_is_told(saved: Path, text: str, told: str) -> None:
    """Before anything is started."""
    Path("mask.txt").write_text("1 2 3")
    with pytest.raises(UsageError) as refused:
        parsed(text)
    assert told in str(refused.value)


COURSE = '''
IMAGE = (3, 100, 100)
CNNS = {
    "conv_out_00": dict(in_size=IMAGE, out_classes=10, channels=[32] * 4, pool_every=2, hidden_dims=[100] * 2,
        conv_params=dict(kernel_size=3, stride=1, padding=1), pooling_params=dict(kernel_size=2)),
    "conv_out_01": dict(in_size=IMAGE, out_classes=10, channels=[32] * 4, pool_every=2, hidden_dims=[100] * 2,
        conv_params=dict(kernel_size=5, stride=2, padding=3), activation_type="lrelu",
        activation_params=dict(negative_slope=0.05), pooling_type="avg", pooling_params=dict(kernel_size=3)),
    "conv_out_02": dict(in_size=IMAGE, out_classes=3, channels=[16] * 5, pool_every=3, hidden_dims=[100],
        conv_params=dict(kernel_size=2, stride=2, padding=2), activation_type="lrelu",
        activation_params=dict(negative_slope=0.1), pooling_type="max", pooling_params=dict(kernel_size=2)),
}
RESNETS = {
    "resnet_out_00": dict(in_size=IMAGE, out_classes=10, channels=[32, 64] * 3, pool_every=4, hidden_dims=[100] * 2,
        batchnorm=True, dropout=0.1, activation_type="lrelu", activation_params=dict(negative_slope=0.01),
        pooling_type="avg", pooling_params=dict(kernel_size=2)),
    "resnet_out_01": dict(in_size=IMAGE, out_classes=5, channels=[64, 16, 64] * 4, pool_every=3, hidden_dims=[64],
        batchnorm=True, dropout=0.1, bottleneck=True, activation_type="tanh", pooling_params=dict(kernel_size=2)),
}

def out(make, *shape):
    torch.manual_seed(42)
    model = make()
    torch.manual_seed(42)
    return {"out": model(torch.ones(1, *shape))}

@check(points=3, seconds=20, cases=CNNS, expect=[close("out", atol=1e-3)])
def cnn(hw, case):
    """CNN gives the course's scores."""
    return out(lambda: hw.mine.CNN(**case), *IMAGE)

@check(points=2, seconds=20, cases=RESNETS, expect=[close("out", atol=1e-3)])
def resnet(hw, case):
    """ResNet gives the course's scores."""
    return out(lambda: hw.mine.ResNet(**case), *IMAGE)

@check(points=1, seconds=20, expect=[close("out", atol=1e-3)])
def block(hw):
    """ResidualBlock gives the course's maps."""
    make = lambda: hw.mine.ResidualBlock(3, [6, 4] * 2, [3, 5] * 2, batchnorm=True, dropout=0.2)
    return out(make, 3, 32, 32)

@check(points=1, seconds=20, expect=[close("out", atol=1e-3)])
def bottleneck(hw):
    """ResidualBottleneckBlock gives the course's maps."""
    make = lambda: hw.mine.ResidualBottleneckBlock(
        256, [64, 32, 64], [3, 5, 3], batchnorm=False, dropout=0.1, activation_type="lrelu")
    return out(make, 256, 32, 32)
'''


@pytest.mark.skipif(not COURSE_ASSETS.is_dir(), reason="the course's saved tensors are not on this machine")
def test_a_courses_seven_tensors(best: Sandbox, tmp_path: Path) -> None:
    """Imported without a reference, ours gets full marks by them."""
    home = write_assignment(tmp_path, COURSE)
    places = {"conv": "cnn[{}]", "resnet": "resnet[{}]", "resblock_bn": "bottleneck", "resblock": "block"}
    files = {path.stem.removeprefix("expected_"): path for path in sorted(COURSE_ASSETS.glob("*.pt"))}
    place = {name: places[name.partition("_out")[0]].format(name) for name in files}
    _import(best, home, *(f"{place[name]}.out={path}" for name, path in files.items()))
    mine = (ROOT / "solutions/cnn/hw/cnn.py").read_text().replace("from .mlp", "from hw.given")
    given = (ROOT / "assignments/cnn/hw/mlp.py").read_text()
    report = _graded(best, home, mine, given=given)
    assert (len(files), report.points, report.max_points) == (7, 7, 7), report.verdicts


class _Touches:
    """A pickle of it makes a file where it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def _import(sandbox: Sandbox, home: Path, *wanted: str) -> list[str]:
    return import_values(load_assignment(home), sandbox, [parsed(each) for each in wanted])


def _regenerate(sandbox: Sandbox, home: Path) -> None:
    regenerate(load_assignment(home), sandbox, jobs=2, done=lambda name: None)


def _graded(sandbox: Sandbox, home: Path, mine: str, **others: str) -> Report:
    assignment = load_assignment(home)
    files = {f"{name}.py": source.encode() for name, source in {"mine": mine, **others}.items()}
    return grade(prepare(assignment, assignment.checks), Submission("student", files), sandbox)
