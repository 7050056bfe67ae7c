"""Modules in no package: found wherever they lie, one object under one name, and told by their names when absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest
from intake_class import FORMS, read_in
from lms_downloads import LAYOUTS, NAMES, Files, put

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.manifest import Manifest, read_manifest
from grader.core.errors import AuthorError
from grader.core.observation import Fault, Values
from grader.core.verdict import Outcome
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan
from grader.submissions.reading import read_submission
from grader.submissions.roster import Person, Roster

MANIFEST = Manifest(title="t", form="package", package=".", files=["net.py", "parts/layers.py"], provided=["helpers"])
WORK: Files = {"net.py": b"from parts.layers import f\n", "parts/layers.py": b"f = 1\n", "own.py": b"x = 1\n"}
ASSIGNMENT = """
title = "Loose"
form = "package"
package = "."
files = ["net.py", "parts/layers.py"]
provided = ["helpers", "measures.py"]
"""
PROVIDED: Files = {
    "measures.py": b"def measure(net):\n    return net.width() * 10\n",
    "helpers/__init__.py": b"",
    "helpers/numbers.py": b"SEVEN = 7\nimported = []\n",
}
STUDENT: Files = {
    "net.py": b"""
from helpers.numbers import SEVEN
from helpers import numbers
from measures import measure
from parts.layers import Layer
import sub_own, parts.layers

numbers.imported.append(1)

def width():
    return SEVEN

def make():
    return Layer()

def measured():
    import net
    return measure(net)

def asks_for_a_module_that_nobody_imported():
    import helpers
    return hasattr(helpers, "spare")
""",
    "parts/layers.py": b"class Layer:\n    pass\n",
    "sub_own.py": b"",
    # The course's own of these names are used.
    "measures.py": b"1 / 0",
    "helpers/numbers.py": b"1 / 0",
    "helpers/spare.py": b"",
}
CHECKS = '''
from grader import check, equal


@check(points=1, seconds=20, expect=[equal("seen")])
def looks(hw):
    """One object under one name."""
    import sys

    first = hw.net.measured()
    hw.net.width = lambda: 2
    layer = hw.net.make()
    lacks = hw.net.asks_for_a_module_that_nobody_imported()
    return {
        "seen": [first, hw.net.measured(), hw.helpers.numbers.SEVEN, len(hw.helpers.numbers.imported)],
        "same": [hw.net is sys.modules["net"], hw.helpers is sys.modules["helpers"], hw.helpers.spare.__name__,
                 isinstance(layer, hw.parts.layers.Layer), lacks],
    }


@check(points=1, seconds=20, expect=[equal("seen")])
def looks_again(hw):
    """All modules are new."""
    return {"seen": hw.net.measured(), "imported": len(hw.helpers.numbers.imported)}


@check(points=1, seconds=20, expect=[equal("seen")])
def touches_layers(hw):
    """Of the folder a module on first touch."""
    return {"seen": hw.parts.layers.Layer.__name__}
'''

Observe: TypeAlias = "Callable[[Files], dict[str, Values | Fault]]"


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """One with two modules to submit, and a module and a package that are provided."""
    home = put(tmp_path / "course", {**PROVIDED, "assignment.toml": ASSIGNMENT.encode(), "checks.py": CHECKS.encode()})
    return load_assignment(home)


@pytest.fixture(params=[True, False], ids=["together", "apart"])
def see(request: pytest.FixtureRequest, best: Sandbox, assignment: Assignment, tmp_path: Path) -> Observe:
    """What each check sees of a student's files, in a process that cases share and in one of its own."""

    def seen(files: Mapping[str, bytes]) -> dict[str, Values | Fault]:
        student = read_submission(put(tmp_path / "ada", files), assignment.manifest)
        assert not student.problem
        settles = (lambda observed: True) if request.param else None
        observed = [*observe(best, assignment, student.files, tasks_of(assignment.checks), settles=settles)]
        assert all(each.observation for each in observed), observed
        return {each.task.check.name: each.observation.result for each in observed if each.observation}

    return seen


def test_modules_are_one_object_under_one_name(see: Observe) -> None:
    """For the student's code, the course's helpers and checks: patches have effect, and all is new for each case."""
    seen = see(STUDENT)
    assert seen["looks"] == {"seen": [70, 20, 7, 1], "same": [True, True, "helpers.spare", True, False]}
    assert seen["looks_again"] == {"seen": 70, "imported": 1}
    assert seen["touches_layers"] == {"seen": "Layer"}


def test_a_forgotten_file_is_told_by_its_name(see: Observe) -> None:
    """Not as one that is not installed, in whichever module it is imported."""
    seen = see({path: content for path, content in STUDENT.items() if path != "parts/layers.py"})
    looks, touches = seen["looks"], seen["touches_layers"]
    assert isinstance(looks, Fault) and isinstance(touches, Fault)
    assert (looks.outcome, looks.missing_module) == (Outcome.MISSING, "")
    assert looks.message.startswith("net.py could not be imported: `parts")
    assert looks.message.endswith("is imported in net.py:5, but there is no parts/layers.py")
    assert touches.message == "there is no parts/layers.py"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import deep", "`deep` is imported in net.py:1, but it lies in parts/deep.py"),
        ("import helpers.nowhere", "`helpers.nowhere` is imported in net.py:1, but there is no helpers/nowhere.py"),
        ("import random; random.mine", "has no attribute 'mine'"),
        (
            "from hypothesis import mine",
            "from 'hypothesis' (hypothesis.py)",
        ),  # it is installed, but nothing has imported it
    ],
)
def test_a_file_that_lies_there_is_not_told_as_not_installed(see: Observe, line: str, said: str) -> None:
    """The student reads where it lies. What Python has imported before counts, as it does everywhere."""
    own = {
        "parts/deep.py": b"",
        "random.py": b"mine = 1",
        "hypothesis.py": b"",
        "net.py": line.encode(),
        "parts/layers.py": b"",
    }
    fault = see(own)["looks"]
    assert isinstance(fault, Fault)
    assert said in fault.message and not fault.missing_module


def test_a_name_of_another_module_is_a_note(tmp_path: Path) -> None:
    """One of Python's and an installed one; not what the assignment asks for or provides, nor what lies deeper."""
    files = {**WORK, "types.py": b"", "torchvision/__init__.py": b"", "helpers/json.py": b"", "parts/re.py": b""}
    notes = read_in("folder", files, tmp_path, MANIFEST).notes
    said = "has the name of another module, which Python may import in its place; rename it"
    assert notes == (f"`torchvision` {said}", f"`types.py` {said}")


@FORMS
@pytest.mark.parametrize("home", ["", "hw 2/", "a/b/c/"])
def test_they_are_found_wherever_they_lie(tmp_path: Path, home: str, form: str) -> None:
    """With other modules of the student's; deeper than one folder with a note."""
    ours = {"checks.py": b"", "expected/x.safetensors": b"", "data/x.safetensors": b"", "assignment.toml": b""}
    files = {home + path: content for path, content in {**WORK, **ours}.items()}
    found = read_in(form, files, tmp_path, MANIFEST)
    assert (found.problem, dict(found.files), found.missing) == (None, dict(WORK), ())
    assert found.notes == (("the files were found in `a/b/c`",) if home == "a/b/c/" else ())


@FORMS
def test_one_module_is_enough(tmp_path: Path, form: str) -> None:
    """What is forgotten is told."""
    found = read_in(form, {"x/parts/layers.py": b"", "x/y.py": b""}, tmp_path, MANIFEST)
    assert (found.problem, sorted(found.files), found.missing) == (None, ["parts/layers.py", "y.py"], ("net.py",))
    none = read_in(form, {"x/other.py": b""}, tmp_path / "none", MANIFEST)
    assert none.problem == "there is none of net.py, parts/layers.py; found x"


def test_two_copies_are_a_problem(tmp_path: Path) -> None:
    """Nobody guesses."""
    files = {f"{home}/{path}": content for home in ("old", "new") for path, content in WORK.items()}
    problem = read_in("folder", files, tmp_path, MANIFEST).problem
    assert problem == "some of net.py, parts/layers.py exist more than once: new and old; keep one"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_a_download_has_them(tmp_path: Path, layout: Callable[..., Path]) -> None:
    """Also where files were uploaded one by one, without their folders."""
    ids = ("12345", "23456", "34567")
    work = {id: {**WORK, "net.py": f"# {id}\n".encode()} for id in ids}
    people = Roster(tuple(Person(id, name) for id, name in zip(ids, NAMES, strict=False)))
    found = plan(layout(work, tmp_path / "class"), roster=people, manifest=MANIFEST)
    read = {entry.id: entry.read(MANIFEST, tmp_path / "work") for entry in found.entries}
    assert sorted(read) == sorted(ids), found
    for id, each in read.items():
        assert each.problem is None and each.missing == ()
        assert each.files == work[id], each.notes


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('files = ["types.py"]', "types.py has the name of another module, which is imported in its place; rename it"),
        ('provided = ["torch.py"]\nfiles = ["net.py"]', "torch.py has the name of another module"),
        ('files = ["checks.py"]', "checks.py has the name of another module"),
    ],
)
def test_an_assignment_asks_for_no_name_of_another_module(tmp_path: Path, line: str, said: str) -> None:
    """Python would never import it."""
    text = f'title = "t"\nform = "package"\npackage = "."\n{line}\n'
    (tmp_path / "assignment.toml").write_text(text)
    with pytest.raises(AuthorError, match=said):
        read_manifest(tmp_path)
