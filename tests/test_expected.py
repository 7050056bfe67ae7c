"""Expected values come back as they were saved, and are refused when what they were made from has changed."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from grader.assignment import expected as store
from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import Expected, load_expected
from grader.checks.criterion import reads
from grader.core.errors import AuthorError

TINY = Path(__file__).parent / "tiny"
MADE = {"torch": "2", "python": "3", "cpu": "one"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny assignment, with data for `squares`, and with fresh expected values."""
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    home = tmp_path / "assignments/tiny"
    (home / "data").mkdir()
    save_file({"n": torch.ones(3)}, home / "data/numbers.safetensors")
    checks = home / "checks.py"
    text = checks.read_text().replace('"large": {"n": 50}}', '"large": {"n": 50}}, data="numbers"')
    checks.write_text(text.replace("def squares(hw, case)", "def squares(hw, case, data)"))
    save_all(load_assignment(home))
    return home


def save_all(assignment: Assignment) -> None:
    """Expected values for every check: what they are does not matter here."""
    reference = store.reference_digest(assignment) or ""
    for check in assignment.checks:
        names = [name for criterion in check.criteria for name in reads(criterion) or ()]
        values: Any = {case: {name: torch.ones(2) for name in names} for case in check.case_names}
        made = Expected(values, store.check_digest(assignment, check), reference, {}, MADE)
        store.write(store.path_of(assignment, check), made)


def stale(folder: Path) -> dict[str, str]:
    """The checks whose values are refused, with the reason."""
    loaded = load_assignment(folder)
    try:
        assert load_expected(loaded, loaded.checks).keys() == {check.name for check in loaded.checks}
    except AuthorError as error:
        lines = (line.split(": ", 1) for line in error.problems)
        return {where.split()[-1]: said for where, said in lines}
    return {}


def change(path: Path, old: str, new: str) -> None:
    """Change one place of a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


VALUES: Any = {
    "small": {
        "t": torch.tensor([[1.5, -0.0]]), "b": torch.ones(2, dtype=torch.bfloat16), "i": torch.arange(3),
        "zero": torch.tensor(1),
        "none": torch.empty(0, 2), "n": 3, "f": 0.1, "s": "täxt", "l": [1, [2.5, None, True]], "inf": float("inf"),
    },
    "large": {"turned": torch.arange(6).reshape(2, 3).t()},
}  # fmt: skip


@pytest.mark.parametrize("values", [VALUES, {None: VALUES["small"]}, {None: {"s": "only text"}}])
def test_what_is_written_is_read(tmp_path: Path, values: Any) -> None:
    """Every kind of value, with and without cases, with where it comes from."""
    sent = Expected(values, "d", "r", {"small": {"t": 0.5}}, MADE)
    store.write(tmp_path / "a/x.safetensors", sent)
    back = store.read(tmp_path / "a/x.safetensors")
    assert (back.digest, back.reference, back.spread, back.made) == ("d", "r", {"small": {"t": 0.5}}, MADE)
    assert back.values.keys() == values.keys()
    for case, named in values.items():
        assert back.values[case].keys() == named.keys()
        for name, value in named.items():
            got: Any = back.values[case][name]
            assert type(got) is type(value)
            if isinstance(value, torch.Tensor):
                assert (got.dtype, got.shape) == (value.dtype, value.shape)
                assert torch.equal(got, value)
            else:
                assert got == value


WRITE = """
import sys
from pathlib import Path
import torch
from grader.assignment.expected import Expected, write
def named(names):
    return {name: torch.full((3,), ord(name)) for name in names} | {"n": 1, "m": 2}
values = {"two": named("dbca"), "one": named("acbd")}
write(Path(sys.argv[1]), Expected(values, "d", "r", {"two": {"a": 0.0}, "one": {}}, {"torch": "2", "cpu": "x"}))
"""


@pytest.mark.process
def test_the_same_values_are_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Or every regeneration would be a change to review."""
    running = [
        subprocess.Popen([sys.executable, "-c", WRITE, tmp_path / name], env={"PYTHONHASHSEED": name}) for name in "12"
    ]
    assert [each.wait() for each in running] == [0, 0]
    assert len({(tmp_path / name).read_bytes() for name in "12"}) == 1


def test_fresh_values_are_accepted(folder: Path) -> None:
    """Of the whole assignment, hidden checks included."""
    assert stale(folder) == {}


CHANGED = "its expected values are stale, the check or its data changed; run `grader regenerate tiny`"
REFERENCE = "its expected values are stale, the reference solution changed; run `grader regenerate tiny`"
ALL = {"squares", "greets", "essay_written", "squares_of_a_matrix"}


@pytest.mark.parametrize(
    ("file", "old", "new", "which"),
    [
        ("checks.py", 'torch.rand(case["n"])', 'torch.randn(case["n"])', {"squares"}),
        ("checks.py", '"small": {"n": 3}', '"small": {"n": 4}', {"squares"}),
        ("checks.py", '"small"', '"tiny"', {"squares"}),
        ("checks.py", 'greet("Ada")', 'greet("Bob")', {"greets"}),
        ("checks.py", "SEED = 42", "SEED = 43", ALL),
        ("hidden_checks.py", "torch.rand(2, 3)", "torch.rand(3, 2)", {"squares_of_a_matrix"}),
        ("hidden_checks.py", "import torch\n", "import torch\nN = 1\n", {"squares_of_a_matrix"}),
    ],
)
def test_a_changed_probe_makes_its_values_stale(folder: Path, file: str, old: str, new: str, which: set[str]) -> None:
    """Its own, or those of all checks where what they share has changed; no others."""
    change(folder / file, old, new)
    assert stale(folder) == dict.fromkeys(which, CHANGED)


def test_values_follow_the_check_that_a_check_leans_on(folder: Path) -> None:
    """Cases that are another check's change with it, and so does what all the verdicts on them depend on."""
    file = folder / "hidden_checks.py"
    borrowed = (
        'from checks import squares\n\n\n@check(points=1, seconds=2, cases=squares.cases, expect=[close("squares")])'
    )
    again = '\ndef again(hw, case):\n    """Again."""\n    return {"squares": hw.maths.square(torch.ones(case["n"]))}\n'
    file.write_text(file.read_text() + borrowed + again)
    save_all(load_assignment(folder))
    before = {
        check.name: store.judgement_digest(load_assignment(folder), check) for check in load_assignment(folder).checks
    }
    assert stale(folder) == {}
    change(folder / "checks.py", '"n": 50', '"n": 51')
    assert stale(folder).keys() == {"squares", "again"}
    changed = load_assignment(folder)
    after = {check.name: store.judgement_digest(changed, check) for check in changed.checks}
    assert {name for name in after if after[name] != before[name]} == {"squares", "again"}


def test_changed_data_make_the_values_stale_of_the_checks_that_use_them(folder: Path) -> None:
    """And of no other."""
    save_file({"n": torch.zeros(3)}, folder / "data/numbers.safetensors")
    assert stale(folder) == {"squares": CHANGED}


@pytest.mark.parametrize("file", ["solutions/tiny/hw/maths.py", "assignments/tiny/hw/__init__.py"])
def test_a_changed_reference_or_provided_file_makes_all_values_stale(folder: Path, file: str) -> None:
    """Nobody knows which check it touches."""
    path = folder.parents[1] / file
    path.write_text(path.read_text() + "\nmore = 1\n")
    assert stale(folder) == dict.fromkeys(ALL, REFERENCE)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("assignments/tiny/checks.py", "points=3", "points=4"),
        ("assignments/tiny/checks.py", "seconds=2", "seconds=20"),
        ("assignments/tiny/checks.py", "atol=1e-5", "atol=1e-3"),
        ("assignments/tiny/checks.py", "says hello", "greets"),
        ("assignments/tiny/checks.py", "SEED = 42", "# why 42\nSEED = 42  # because\n\n"),
        ("assignments/tiny/checks.py", '"""Public checks', '"""All checks'),
        ("assignments/tiny/hidden_checks.py", "points=2", "points=1"),
        ("assignments/tiny/assignment.toml", "seconds = 30", "seconds = 60"),
        ("solutions/tiny/hw/maths.py", '"""Square."""', '"""Square x."""  # done'),
        ("assignments/tiny/hw/maths.py", "", "stub = 1"),
    ],
)
def test_what_does_not_change_values_leaves_them_fresh(folder: Path, file: str, old: str, new: str) -> None:
    """Points, limits, tolerances, claims, comments, docstrings and stubs."""
    (folder / "hw/maths.py").write_text("")
    change(folder.parents[1] / file, old, new)
    assert stale(folder) == {}


def test_a_criterion_that_reads_nothing_is_the_authors_error(folder: Path) -> None:
    """Criteria are in no digest, and with a misspelt name nobody could earn the points."""
    change(folder / "checks.py", 'close("squares"', 'close("sqares"')
    assert stale(folder) == {
        "squares": 'the criterion close reads "sqares" but the probe returned squares; use one of those'
    }


def test_a_student_without_the_reference_can_use_the_values(folder: Path) -> None:
    """Only what is in the bundle is compared."""
    shutil.rmtree(folder.parents[1] / "solutions")
    assert stale(folder) == {}
    change(folder / "checks.py", "SEED = 42", "SEED = 43")
    assert stale(folder) == dict.fromkeys(ALL, CHANGED)


DAMAGE = [b"", b"x", b"\xff" * 100, (8).to_bytes(8, "little") + b"{}      "]


def test_missing_and_damaged_files_are_one_clear_line_each(folder: Path) -> None:
    """All at once, each with what to do."""
    loaded = load_assignment(folder)
    by_name = {check.name: check for check in loaded.checks}
    store.path_of(loaded, by_name["squares"]).unlink()
    path = store.path_of(loaded, by_name["greets"])
    for content in (*DAMAGE, path.read_bytes()[:-1], path.read_bytes()[:50]):
        path.write_bytes(content)
        with pytest.raises(AuthorError) as caught:
            load_expected(loaded, loaded.checks)
        first, second = caught.value.problems
        where = by_name["squares"].where
        assert first == f"{where}: no expected values (squares.safetensors); run `grader regenerate tiny`"
        assert second.startswith(f"{path}: damaged (")
        assert second.endswith("); run `grader regenerate tiny`")


def test_what_a_renamed_check_leaves_behind_is_told(folder: Path) -> None:
    """Its file is still under the old name: the line names it, and the command that moves on."""
    change(folder / "checks.py", "def greets", "def says_hello")
    where = "`greets` is left over: renamed to `says_hello`? run `grader regenerate tiny`"
    assert stale(folder) == {"says_hello": f"no expected values (says_hello.safetensors); {where}"}
