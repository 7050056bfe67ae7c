"""What a room gets of a file of checks: all that its probe needs, nothing that judges it, and no other hidden check."""

from __future__ import annotations

import ast
import dis
import gc
import inspect
import marshal
import re
import sys
import time
import types
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tiny_course import observed, write_assignment

import grader
from grader.assignment.assignment import load_assignment
from grader.checks.checks import COMPILED, Check, compile_checks, compile_probe, load_probes
from grader.checks.probe_source import fixed_names, is_literal, one_probe, without_judges
from grader.sandbox.sandbox import Sandbox

ASSIGNMENTS = Path(__file__).parent.parent / "assignments"
HIDDEN = '''"""About the hidden checks."""
from grader import check, equal

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
    """Sentence."""
    return {"n": shared(hw.mine.number(NEEDED))}

@check(points=3, seconds=10, expect=[equal("n")])
def other(hw):
    """Another."""
    return {"n": hw.mine.number(LIMIT)}
'''


def test_what_only_criteria_and_other_checks_use_is_left_out() -> None:
    """Their functions and constants go, and sentences; what the probe uses as well stays."""
    left = ast.unparse(one_probe(ast.parse(HIDDEN), "hidden"))
    assert "@check()\ndef hidden(hw)" in left
    assert "NEEDED = 3" in left
    assert "def shared" in left
    words = ("LIMIT", "helper", "judged", "equal", "Look there", "Sentence", "other", "Another", "About")
    assert not [word for word in words if word in left]


def test_a_file_that_may_be_imported_keeps_its_functions() -> None:
    """Hidden checks import criteria of the public ones; these lose what stands in their decorators only."""
    left = ast.unparse(without_judges(ast.parse(HIDDEN)))
    assert "def judged" in left
    assert "def other" in left
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
def test_data_and_settings_of_others_stay(decorator: str) -> None:
    """What the probe is called with is there, also where it comes from another check or from common settings."""
    source = f'@{decorator}(points=1, cases=first.cases, data="d", **COMMON)\ndef one(hw):\n    return {{}}\n'
    source = f"import grader\nfrom grader import check\nfirst = COMMON = {{}}\n{source}"
    left = ast.unparse(one_probe(ast.parse(source), "one"))
    assert f"@{decorator}(cases=first.cases, data='d', **COMMON)" in left
    assert "COMMON = {}" in left
    only = ast.unparse(one_probe(ast.parse(source), "one", cases="{'a': {'n': 1}}"))
    assert f"@{decorator}(cases={{'a': {{'n': 1}}}}, data='d', **COMMON)" in only


PUBLIC = types.ModuleType("checks")
vars(PUBLIC).update(SEED=3, GIVEN={"a": {}}, pattern=lambda *shape: list(shape))
# A file of checks; the lines that are in the room of `mine` are marked.
FILES = {
    "a chain": """
        BASE = 3  # kept
        SIZES = (BASE, 4)  # kept
        OTHER, SIZES_TOO = 5, (BASE, 6)
        class Part:  # kept
            size = SIZES  # kept
        def build():  # kept
            return [Part() for each in range(BASE)]  # kept
        def unused():
            return build()
        @check()  # kept
        def mine(hw):  # kept
            return build()  # kept
    """,
    "names of the probe's own": """
        SECRET = 1
        CASES = {}
        for each in range(3):
            CASES[each] = SECRET
        @check()  # kept
        def mine(hw, SECRET):  # kept
            for each in hw:  # kept
                CASES = SECRET, each  # kept
            return CASES  # kept
    """,
    "cases of others, however they are made": """
        import torch  # kept
        from checks import SEED, pattern  # kept
        SIZE = (3, 4)  # kept
        OTHERS: dict[str, dict] = {"a": {"size": SIZE}}
        OTHERS["b"] = {"size": pattern(SEED)}
        OTHERS |= {"c": {"size": 7}}
        OTHERS.update(d={"size": 8})
        OTHERS.setdefault("a", {}).update(size=9)
        for each in (1, 2):
            OTHERS[f"e{each}"] = {"size": torch.ones(each)}
        if len(OTHERS) > 3:
            del OTHERS["a"]
        assert len(OTHERS) == 5
        @check(cases=OTHERS)
        def other(hw, case):
            return case
        @check()  # kept
        def mine(hw):  # kept
            return pattern(SEED), torch.ones(SIZE)  # kept
    """,
    "changes of what is used": """
        MINE = {"a": 1}  # kept
        STEP = 2  # kept
        OTHER = {"b": 1}
        MINE["b"] = STEP  # kept
        MINE |= {"c": 7}  # kept
        MINE.update(d=8)  # kept
        for each in (1, 2):  # kept
            MINE[each] = each  # kept
        if STEP > 1:  # kept
            del MINE["a"]  # kept
        with open("/dev/null") as file:
            OTHER["c"] = file
        @check()  # kept
        def mine(hw):  # kept
            return MINE  # kept
    """,
    "changes by another name": """
        MINE = {"a": 1}  # kept
        ALSO = [MINE]  # kept
        for each in ALSO:  # kept
            each["b"] = 2  # kept
        @check()  # kept
        def mine(hw):  # kept
            return MINE  # kept
    """,
    "changes of what is imported": """
        from checks import GIVEN, SEED  # kept
        for each in GIVEN.values():  # kept
            each["b"] = SEED  # kept
        GIVEN["c"] = {}  # kept
        @check()  # kept
        def mine(hw):  # kept
            return GIVEN  # kept
    """,
    "changes of what another check imports": """
        from checks import SEED  # kept
        from checks import GIVEN
        for each in GIVEN.values():
            each["b"] = SEED
        @check()  # kept
        def mine(hw):  # kept
            return SEED  # kept
    """,
    "changes by a function, which may do anything": """
        MINE = {"a": 1}  # kept
        def fill(key):  # kept
            MINE[key] = 2  # kept
        fill("b")  # kept
        OTHER = {"a": 1}  # kept
        def fill_other(key):  # kept
            OTHER[key] = 2  # kept
        fill_other("c")  # kept
        @check()  # kept
        def mine(hw):  # kept
            return MINE  # kept
    """,
    "effects that cannot be told": """
        import random  # kept
        import torch  # kept
        COUNT = 2  # kept
        random.seed(COUNT)  # kept
        torch.backends.cudnn.benchmark = False  # kept
        torch.set_default_dtype(torch.float32)  # kept
        for each in range(COUNT):  # kept
            random.random()  # kept
        @check()  # kept
        def mine(hw):  # kept
            return 1  # kept
    """,
    "definitions under a condition": """
        try:  # kept
            import torchvision  # kept
        except ImportError:  # kept
            torchvision = None  # kept
        if int.__doc__:
            OTHER = 1
        @check()  # kept
        def mine(hw):  # kept
            return torchvision  # kept
    """,
    "entered by a decorator": """
        import functools  # kept
        LISTED = []  # kept
        def listed(function):  # kept
            LISTED.append(function)  # kept
            return function  # kept
        @listed  # kept
        def one():  # kept
            return 1  # kept
        @functools.cache
        def two():
            return 2
        @functools.cache  # kept
        def three():  # kept
            return 3  # kept
        @check()  # kept
        def mine(hw):  # kept
            return [each() for each in LISTED] + [three()]  # kept
    """,
    "names by text": """
        ONE = 1  # kept
        TWO = 2  # kept
        @check()  # kept
        def mine(hw):  # kept
            return globals()["ONE"]  # kept
    """,
    "names from anywhere": """
        from checks import *  # kept
        OTHER = 2
        @check()  # kept
        def mine(hw):  # kept
            return pattern(3)  # kept
    """,
    "names that nothing defines": """
        ONE = 1  # kept
        globals()["hidden_pattern"] = ONE  # kept
        @check()  # kept
        def mine(hw):  # kept
            return hidden_pattern(3)  # kept
    """,
    "a check that is not one of the file's functions": """
        ONE = 1  # kept
        if ONE:  # kept
            @check()  # kept
            def mine(hw):  # kept
                return 1  # kept
    """,
}


@pytest.mark.parametrize("about", FILES)
def test_what_a_probe_depends_on_is_kept(about: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that defines or may change what it uses, or of which that cannot be told, and nothing else."""
    source = f"from grader import check  # kept\n{dedent(FILES[about])}"
    monkeypatch.setitem(sys.modules, "checks", PUBLIC)
    exec(source, values := {"__name__": "hidden_checks"})
    marked = "\n".join(line for line in source.splitlines() if line.endswith("# kept"))
    assert ast.unparse(one_probe(ast.parse(source), "mine", fixed=fixed_names(values))) == (
        ast.unparse(ast.parse(marked))
    )


def test_of_an_import_the_names_in_use_are_kept() -> None:
    """The names of the others tell what other checks work with."""
    source = """
    from __future__ import annotations
    import math, os.path, torch.utils.data
    import torch
    import torch.nn.functional as F
    from checks import SEED, normal, pattern as made
    from grader import check, close
    @check()
    def mine(hw):
        return made(os.path.join("a", "b"), torch.ones(SEED))
    """
    assert ast.unparse(one_probe(ast.parse(dedent(source)), "mine")).splitlines()[:6] == [
        "from __future__ import annotations",
        "import os.path, torch.utils.data",
        "import torch",
        "from checks import SEED, pattern as made",
        "from grader import check",
        "",
    ]


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ({"a": [1, -2.5, (True, None)], 2: b"x"}, True),
        ({"a": float("inf")}, False),
        ({"a": [ast]}, False),
        ({"a": {1}}, False),
        (types.MappingProxyType({}), False),
        (type("Text", (str,), {})("x"), False),
    ],
)
def test_what_can_be_written_again(value: object, literal: bool) -> None:
    """Of the cases of a check one is written into its file, where that gives the same."""
    assert is_literal(value) is literal
    if literal:
        assert ast.literal_eval(repr(value)) == value


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(ASSIGNMENTS.glob("*/hidden_checks.py"))])
def test_each_shipped_hidden_check_stands_alone(name: str, tmp_path: Path) -> None:
    """Its file loads and has this check only, with the same probe, for this case; no constant or name of another."""
    assignment = load_assignment(ASSIGNMENTS / name)
    files, hidden = assignment.check_files(), [check for check in assignment.checks if check.hidden]
    (tmp_path / f"checks{COMPILED}").write_bytes(compile_checks(files["checks.py"], "checks.py"))
    assert hidden
    for check, case in [(each, case) for each in hidden for case in each.case_names]:
        compiled = compile_probe(files["hidden_checks.py"], "hidden_checks.py", check=check, case=case)
        (tmp_path / f"hidden_checks{COMPILED}").write_bytes(compiled)
        (alone,) = (each for each in load_probes(tmp_path) if each.hidden)
        assert (alone.name, alone.data, alone.arguments, alone.claim) == (check.name, check.data, check.arguments, "")
        assert dict(alone.cases) == ({case: check.cases[case]} if case else {})
        assert _instructions(alone.probe.__code__) == _instructions(check.probe.__code__)
        used = _used(check.probe)
        assert {each for each in vars_of(alone) if not each.startswith("__")} <= used | {check.name, "check"}
        own = _parts([*used, check.probe.__code__, {case: check.cases.get(case or "")}])
        own |= _parts([vars_of(check)[each] for each in used & vars_of(check).keys()])
        own |= _parts([None, 0])  # of every import
        foreign = set().union(*(_parts(each.probe.__code__) | _parts(dict(each.cases)) for each in hidden)) - own
        assert foreign
        assert not _parts(marshal.loads(compiled)) & foreign


def vars_of(check: Check) -> dict[str, Any]:
    """What the file of a check defines."""
    return check.probe.__globals__


def _instructions(code: types.CodeType) -> list[object]:
    """What a function does and in which lines, the functions in it included."""
    return [
        (each.opname, _instructions(each.argval) if isinstance(each.argval, types.CodeType) else each.argval,
         each.starts_line)
        for each in dis.get_instructions(code)
    ]  # fmt: skip


def _used(probe: Any) -> set[str]:
    """The words in a probe and in the functions of its file that it names, and so on."""
    source = inspect.getsource(probe).partition("def ")[2]
    words = set(re.findall(r"\w+", source))
    for value in (probe.__globals__[word] for word in words & probe.__globals__.keys()):
        if inspect.isfunction(value) and value.__module__ == probe.__module__ and value is not probe:
            words |= _used(value)
    return words


def _parts(value: object) -> set[tuple[str, str]]:
    """The plain values in a value or in code."""
    if isinstance(value, types.FunctionType | types.CodeType):
        code = value if isinstance(value, types.CodeType) else value.__code__
        return set().union(*map(_parts, code.co_consts))
    if isinstance(value, Mapping):
        return _parts([*value.items()])
    if isinstance(value, list | tuple):
        return set().union(*map(_parts, value))
    return {(type(value).__name__, repr(value))}


def test_a_probe_is_compiled_once_for_each_case() -> None:
    """Not for each submission: the same bytes come back."""
    source = HIDDEN.encode()
    made = {"a": {"n": 1}, "b": {"n": 2}}

    @grader.check(cases=made)
    def hidden(hw: object, case: object) -> dict[str, object]:
        return {}

    assert isinstance(hidden, Check)
    first, second = (compile_probe(source, "hidden_checks.py", check=hidden, case=case) for case in made)
    assert compile_probe(HIDDEN.encode(), "hidden_checks.py", check=hidden, case="a") is first
    assert first is not second


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
