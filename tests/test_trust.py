"""The cut between student code and trusted code: what neither side ever gets to see of the other."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tiny_course import Course, look, observed, square, write_assignment

import grader
from grader.assignment.assignment import load_assignment
from grader.assignment.expected import Expected, check_digest, path_of, write
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.grading.context import prepare
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox

PACKAGE = Path(grader.__file__).parent


def test_student_modules_run_in_another_process_only(sandbox: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """Importing and calling happen under another pid, and the grader's `sys.modules` has nothing of the student's."""
    maths = f"""
import os
print("imported in", os.getpid())
try:
    open({str(tmp_path / "here")!r} + str(os.getpid()), "w").close()
except OSError:
    pass

def square(x):
    return x * x
"""
    report = tiny.grade(sandbox, maths=maths)
    assert report.points == report.max_points
    logs = [verdict.log for verdict in report.verdicts if verdict.check == "squares"]
    assert all("imported in" in log for log in logs)
    assert f"imported in {os.getpid()}\n" not in logs
    assert not (tmp_path / f"here{os.getpid()}").exists()
    names = [name for name in sys.modules if name == "hw" or name.startswith("hw.")]
    assert names == []


def test_the_worker_holds_modules_of_few_rooms(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of our modules a process that runs student code has those of a few rooms: a list of what is allowed."""
    modules: Any = look(sandbox, tmp_path, "import sys\n\ndef look():\n    return {'modules': sorted(sys.modules)}")[
        "modules"
    ]
    ours = {name for name in modules if name.partition(".")[0] == "grader"}
    rooms = {name.split(".")[1] for name in ours if "." in name}
    assert "grader.worker.work" in modules and "hw.mine" in modules
    assert rooms <= {"checks", "core", "files", "kernel", "notebook", "worker"}
    assert {"jinja2", "typer", "rich", "pydantic", "pytest", "_pytest"} & set(modules) == set()


SCAN = """
import ctypes, os, re, stat

def look():
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # else this process's own memory is root's
    found, scanned = set(), 0

    def search(block):
        at = -1
        while (at := block.find(b"canary", at + 1)) >= 0:  # the whole word must not stand here
            if re.fullmatch(b"[0-9a-f]{16}", block[at + 6 : at + 22]):
                found.add(block[at : at + 22].decode())
    with open("/proc/self/mem", "rb", 0) as memory:
        for line in open("/proc/self/maps").read().splitlines():
            span, permissions, *_, = line.split()
            if not permissions.startswith("rw") or "[v" in line:
                continue
            begin, end = (int(address, 16) for address in span.split("-"))
            while begin < end:
                memory.seek(begin)
                try:
                    block = memory.read(min(1 << 24, end - begin))
                except OSError:
                    break
                scanned += len(block)
                search(block)
                begin += 1 << 24
    files = [f"/proc/self/{name}" for name in ("environ", "cmdline", "mountinfo")]
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in KNOWN]
        files += [os.path.join(folder, name) for name in names]
    for path in files:
        if stat.S_ISREG(os.lstat(path).st_mode):
            with open(path, "rb") as file:
                search(file.read(1 << 20))
    found.update(name for name in os.listdir("/assignment") if "hidden" in name)
    return {"found": sorted(found), "scanned": scanned}
"""

PUBLIC = '''
@check(points=1, seconds=60, expect=[equal("found")])
def looks(hw):
    """The student's code searches its memory and its files."""
    return hw.mine.look()
'''


@pytest.mark.slow
def test_no_secret_is_within_reach_of_a_public_check(isolated: Sandbox, tmp_path: Path, secret: str) -> None:
    """Expected values, the grader's environment and hidden checks are in neither the memory nor the files of a room.

    Nor are other hidden checks in the room of one.
    """
    assert os.environ["GRADER_TEST_SECRET"] == secret
    hidden = f'''
    HIDDEN = "{secret}"
    OF_ANOTHER = "canary{os.urandom(8).hex()}"

    @check(points=1, seconds=60, expect=[equal("found")])
    def searches(hw):
        """The same, in a room that does hold a hidden check."""
        assert HIDDEN
        return hw.mine.look()

    @check(points=1, seconds=60, expect=[equal("found")])
    def another(hw):
        """Another hidden check."""
        return {{"found": [OF_ANOTHER]}}
    '''
    assignment = load_assignment(write_assignment(tmp_path, PUBLIC, hidden=hidden))
    for check in assignment.checks:
        expected = Expected({None: {"found": [secret]}}, check_digest(assignment, check), "", {}, {})
        write(path_of(assignment, check), expected)
    context = prepare(assignment, assignment.checks)
    assert context.expected["looks"].values[None]["found"] == [secret]
    known = ("/usr", "/proc", "/sys", str(Path(sys.base_prefix).resolve()), str(Path(sys.prefix)), str(PACKAGE))
    mine = f"KNOWN = {known!r}\n{SCAN}"
    seen = observed(isolated, assignment, mine, "looks")
    assert isinstance(seen["scanned"], int) and seen["scanned"] > 50 << 20
    assert seen["found"] == []
    control = observed(isolated, assignment, mine, "searches")
    assert control["found"] == [secret]  # so the search does find what is there


def test_a_room_of_a_public_check_has_no_hidden_checks(sandbox: Sandbox, tmp_path: Path) -> None:
    """The folder of checks and the modules of a public check's process have nothing of the hidden ones."""
    checks = '''
    import os, sys

    @check(points=1, seconds=10, expect=[equal("files")])
    def public(hw):
        """Public."""
        hw.mine
        return {"files": sorted(os.listdir("../assignment")), "data": sorted(os.listdir("../data"))}
    '''
    hidden = '''
    import os

    @check(points=1, seconds=10, expect=[equal("files")])
    def hidden(hw):
        """Hidden."""
        return {"files": sorted(os.listdir("../assignment"))}
    '''
    assignment = load_assignment(write_assignment(tmp_path, checks, hidden=hidden))
    seen = observed(sandbox, assignment, "", "public")
    assert seen == {"files": ["checks.code"], "data": []}
    assert observed(sandbox, assignment, "", "hidden")["files"] == ["checks.code"]  # its code comes with the request


def test_a_room_of_a_hidden_check_has_no_other(shut_in: Sandbox, tmp_path: Path) -> None:
    """Neither the files nor the objects of its process have a name or a constant of another, or of another case."""
    hidden = '''
    import math

    MINE = "of-mine"
    THEIRS = {"there": {"word": "of-theirs", "log": math.log}}

    def called():
        return MINE

    def called_by_another():
        return "of-a-function"

    @check(points=1, seconds=20, cases={"here": {"word": "of-this-case"}, "there": {"word": "of-that-case"}},
           expect=[equal("found")])
    def mine(hw, case):
        """Mine."""
        return hw.mine.search(called())

    @check(points=1, seconds=20, cases=THEIRS, expect=[equal("found")])
    def theirs(hw, case):
        """Theirs."""
        return {"found": called_by_another()}
    '''
    mine = """
    import gc, sys, types
    from pathlib import Path

    WORDS = "mine theirs this-case that-case a-function".split()

    def search(word):
        gc.unfreeze()
        texts = {repr(each) for each in gc.get_objects() if type(each) in (dict, list, tuple, set)}
        texts |= {repr(path.read_bytes()) for path in Path("../assignment").iterdir()}
        functions = [each for each in gc.get_objects() if isinstance(each, types.FunctionType)]
        names = {name for each in functions if each.__module__ == "hidden_checks" for name in each.__globals__}
        return {
            "word": word,
            "found": [word for word in WORDS if any(f"of-{word}" in text for text in texts)],
            "names": sorted(name for name in names if not name.startswith("__")),
            "modules": [name for name in sys.modules if "hidden_checks" in name],
        }
    """
    public = '''
    @check(points=1, seconds=20, expect=[equal("n")])
    def public(hw):
        """Public."""
        return {"n": 1}
    '''
    assignment = load_assignment(write_assignment(tmp_path, public, hidden=hidden))
    task = next(each for each in tasks_of(assignment.checks) if (each.check.name, each.case) == ("mine", "here"))
    (seen,) = observe(shut_in, assignment, {"mine.py": dedent(mine).encode()}, [task])
    assert seen.observation is not None, seen.trouble
    assert seen.observation.result == {
        "word": "of-mine",
        "found": ["mine", "this-case"],
        "names": ["MINE", "called", "check", "mine"],
        "modules": [],
    }


def test_withheld_data_stay_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of a data file a probe receives what is not withheld; the labels are not in its room at all."""
    import torch
    from safetensors.torch import save_file

    checks = '''
    import os

    @check(points=1, seconds=10, data="some", withhold=["labels"], expect=[accuracy("scores", labels="labels")])
    def guesses(hw, data):
        """Guess."""
        content = open("../data/some.safetensors", "rb").read()
        return {"scores": data["images"], "names": sorted(data), "has_labels": str(b"labels" in content)}
    '''
    home = write_assignment(tmp_path, checks)
    (home / "data").mkdir()
    save_file({"images": torch.eye(3), "labels": torch.arange(3)}, home / "data" / "some.safetensors")
    seen = observed(sandbox, load_assignment(home), "", "guesses")
    assert seen["names"] == ["images"]
    assert seen["has_labels"] == "False"


def test_patched_comparisons_change_nothing(sandbox: Sandbox, tiny: Course) -> None:
    """A wrong result stays wrong, whatever the student's code does to torch, numpy and builtins in its process."""
    maths = """
import builtins, math, numpy, torch
torch.testing.assert_close = lambda *given, **named: None
torch.allclose = numpy.allclose = math.isclose = torch.equal = lambda *given, **named: True
torch.Tensor.__eq__ = lambda self, other: True

def square(x):
    return x + 1
"""
    squares, greets = tiny.squares_and_greets(sandbox, maths)
    assert squares.outcome is Outcome.WRONG_ANSWER
    assert greets.outcome is Outcome.PASSED


def test_what_one_check_patches_another_never_meets(sandbox: Sandbox, tiny: Course) -> None:
    """Each check is a fresh fork: seeds, types and functions changed in one are as ever in the next."""
    maths = """
import torch
x = torch.rand(1)

def square(x):
    state = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.initial_seed())
    assert state == (torch.float32, True, 42), state
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.rand = None
    return x * x
"""
    report = tiny.grade(sandbox, maths=maths)
    assert report.points == report.max_points, report.verdicts


def test_trusted_code_never_unpickles_or_evaluates() -> None:
    """No module imports an unpickler, loads with one, or evaluates text, but `checks`, with the author's own code.

    `student_notebook` runs cells: it is beside student code, where no trusted module imports it. `arrays` is run in
    rooms only, as students' code is.
    """
    banned = {"pickle", "cPickle", "dill", "joblib", "shelve", "cloudpickle", "marshal", "yaml"}
    found = []
    for path in sorted({*PACKAGE.rglob("*.py")} - {PACKAGE / "authoring/arrays/checks.py"}):
        for node in ast.walk(ast.parse(path.read_bytes())):
            match node:
                case ast.Import(names=names):
                    found += [(path.name, name.name) for name in names if name.name.split(".")[0] in banned]
                case ast.ImportFrom(module=str(module)) if module.split(".")[0] in banned:
                    found.append((path.name, module))
                case ast.Call(func=ast.Name(id="eval" | "exec" as name)):
                    found.append((path.name, name))
                case ast.Attribute(value=ast.Name(id="torch" | "numpy" | "np" as owner), attr="load"):
                    found.append((path.name, f"{owner}.load"))
                case ast.keyword(arg="allow_pickle" | "weights_only" as name):
                    found.append((path.name, name))
    cells = [("student_notebook.py", "eval"), ("student_notebook.py", "exec")]
    assert sorted(set(found)) == [("checks.py", "exec"), ("checks.py", "marshal"), *cells]


def test_a_broken_assignment_never_blames_the_student(sandbox: Sandbox, tmp_path: Path) -> None:
    """A file of checks that loads here but fails in the room ends before student code began: our failure, no fault."""
    checks = '''
    import os
    assert "submission" not in os.listdir(".."), "only outside"

    @check(points=1, seconds=10, expect=[equal("one")])
    def never(hw):
        """Never."""
        return {"one": 1}
    '''
    assignment = load_assignment(write_assignment(tmp_path, checks))
    (seen,) = observe(sandbox, assignment, {"mine.py": b""}, tasks_of(assignment.checks))
    assert seen.observation is None or not isinstance(seen.observation.result, Fault)
    assert "only outside" in seen.trouble


def test_a_package_cannot_hide_a_provided_module(sandbox: Sandbox, tmp_path: Path) -> None:
    """`given/__init__.py` beside the provided `given.py` would win the import; it is left out."""
    checks = '''
    @check(points=1, seconds=20, expect=[equal("who")])
    def comes_from_the_course(hw):
        """The given module is the course's."""
        return {"who": hw.given.WHO}
    '''
    home = write_assignment(tmp_path, checks)
    with (home / "assignment.toml").open("a") as manifest:
        manifest.write('provided = ["hw/given.py"]\n')
    (home / "hw").mkdir()
    (home / "hw/given.py").write_text('WHO = "the course"\n')
    assignment = load_assignment(home)
    submitted = {"mine.py": b"", "given/__init__.py": b'WHO = "the student"\n'}
    (seen,) = observe(sandbox, assignment, submitted, tasks_of(assignment.checks))
    assert seen.observation is not None
    assert seen.observation.result == {"who": "the course"}


def test_an_answer_is_never_taken_from_a_hidden_check(sandbox: Sandbox, tiny: Course) -> None:
    """Or student code could copy hidden checks into an "answer" and read them in its own report."""
    thief = """
        import os, sys
        from grader.core import wire
        hidden = sys._getframe(1).f_code.co_filename
        if "hidden" in hidden:
            os.write(3, wire.encode_values({"squares": x, "essay": "the hidden checks"}, 1 << 20))
            os._exit(0)
        return x * x
        """
    report = tiny.grade(sandbox, maths=square(thief))
    assert [answer.text for answer in report.answers] == ["Because."]


def test_import_faults_of_any_size_are_still_the_students(sandbox: Sandbox, tiny: Course) -> None:
    """Forged, they were once too large for the request that passes them on, and every check became GRADER_ERROR."""
    forged = """
import os, sys
from grader.core import wire
fault = ["RUNTIME_ERROR", "\\U0001f600" * 4000, "\\U0001f600" * 1000, "a" * 140 + ".py:12", "m" * 100, "c" * 200]
fault.append([["a" * 140 + ".py:12", "\\U0001f600" * 80, "\\U0001f600" * 160]] * 8)
os.write(3, wire.encode_values({"hw.maths": fault, "hw.words": fault}, 1 << 20))
os._exit(0)
"""
    report = tiny.grade(sandbox, maths=forged)
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.RUNTIME_ERROR}
    assert {verdict.missing_module for verdict in report.verdicts} == {"m" * 100}


def test_a_student_who_replaces_stdout_still_returns(sandbox: Sandbox, tiny: Course) -> None:
    """Flushing is done on our own streams."""
    first, _ = tiny.squares_and_greets(
        sandbox, square("import sys; sys.stdout = None; sys.stderr = None\nreturn x * x")
    )
    assert first.outcome is Outcome.PASSED


def test_faults_are_made_outside_the_sandbox_in_few_places() -> None:
    """A fault is `quoted` where it says so: a list of the modules in which somebody has thought of that."""
    makers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Fault"
    }
    outside = {path for path in makers if not path.startswith("worker/")}
    assert outside == {
        "core/observation.py", "core/wire.py", "grading/observe.py", "sandbox/clock.py",
        "sandbox/run.py",
    }  # fmt: skip


def test_only_what_the_trusted_side_said_is_ours(shut_in: Sandbox, tiny: Course) -> None:
    """Too much output is; an exception, and a fault that code sends in our words, are not."""
    flood = square("import os; os.write(1, b'x' * (2 << 20)); return x")
    stopped, _ = tiny.squares_and_greets(shut_in, flood)
    assert (stopped.outcome, stopped.ours) == (Outcome.OUTPUT_LIMIT, True)
    raised, greeted = tiny.squares_and_greets(shut_in, square("raise ValueError('a word of mine')"))
    assert "a word of mine" in raised.message and not raised.ours
    assert not greeted.message
    forged = square(
        """
        import os
        from grader.core.observation import Fault
        from grader.core.verdict import Outcome
        from grader.core.wire import encode_fault
        os.write(3, encode_fault(Fault(Outcome.TIME_LIMIT, "stopped after 2 s: a word of mine")))
        os._exit(0)
        """
    )
    said, _ = tiny.squares_and_greets(shut_in, forged)
    assert "a word of mine" in said.message and not said.ours
