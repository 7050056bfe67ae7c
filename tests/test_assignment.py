"""An assignment is loaded whole, or refused with lines that say where and what."""

from fractions import Fraction
from pathlib import Path

import pytest

from grader.assignment.assignment import load_assignment
from grader.assignment.manifest import find_assignment, nearest_assignment, read_manifest
from grader.core.errors import AuthorError, UsageError
from grader.core.limits import MIB

TOML = """
title = "Tiny"
form = "package"
package = "hw"
files = ["maths.py"]
provided = ["hw/__init__.py", "hw/given"]

[limits]
seconds = 30
memory_mb = 512

[[questions]]
id = "why"
title = "Why"
prompt = "Why?"
rubric = [{ points = 1, text = "A reason." }]
"""
CHECKS = '''
from grader import check, close
@check(points=3, seconds=2, data="images", expect=[close("x")])
def uses_data(hw, data):
    """Public."""
    return {"x": 1.0}
'''
HIDDEN = CHECKS.replace("uses_data", "secret").replace("points=3", "points=2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A complete assignment."""
    home = tmp_path / "assignments/tiny"
    for path, text in {
        "assignment.toml": TOML, "checks.py": CHECKS, "hidden_checks.py": HIDDEN,
        "hw/__init__.py": "", "hw/given/a.py": "a",
        "hw/given/b/c.py": "c", "hw/given/readme.txt": "", "hw/maths.py": "stub", "data/images.safetensors": "",
    }.items():  # fmt: skip
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)
    return home


def change(folder: Path, old: str, new: str) -> None:
    """Change the manifest."""
    assert old in TOML
    (folder / "assignment.toml").write_text(TOML.replace(old, new))


def test_an_assignment_is_what_its_folder_says(folder: Path) -> None:
    """Name, checks, points and limits."""
    loaded = load_assignment(folder)
    assert (loaded.name, loaded.max_points) == ("tiny", Fraction(5))
    assert [check.name for check in loaded.checks] == ["uses_data", "secret"]
    assert [check.name for check in loaded.public] == ["uses_data"]
    assert (loaded.limits(2).seconds, loaded.limits(2).memory) == (2, 512 * MIB)
    assert loaded.manifest.limits.import_seconds == 10
    assert loaded.manifest.questions[0].rubric[0].text == "A reason."
    assert loaded.expected_folder == folder / "expected"
    assert loaded.data_file(loaded.checks[0]) == folder / "data/images.safetensors"


def test_provided_files_are_those_named_and_what_is_in_folders_named(folder: Path) -> None:
    """By their path in the submission; the stubs are not among them, nor what tools have left there."""
    assert load_assignment(folder).provided == {
        "hw/__init__.py": b"", "hw/given/a.py": b"a", "hw/given/b/c.py": b"c", "hw/given/readme.txt": b"",
    }  # fmt: skip


def test_the_files_of_checks_are_those_that_there_are(folder: Path) -> None:
    """An assignment may have no hidden ones."""
    loaded = load_assignment(folder)
    assert loaded.check_files() == {"checks.py": CHECKS.encode(), "hidden_checks.py": HIDDEN.encode()}
    (folder / "hidden_checks.py").unlink()
    assert list(loaded.check_files()) == ["checks.py"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('title = "Tiny"', "", "title: Field required"),
        ('title = "Tiny"', "title = 3", "title: Input should be a valid string"),
        ('title = "Tiny"', 'title = "Tiny"\ntitel = "x"', "titel: there is no such key; did you mean title?"),
        ('form = "package"', 'form = "notebok"', "form: Input should be 'package' or 'notebook'"),
        ('package = "hw"', 'package = "h w"',
         "package: 'h w' is not the name of a package; write \"hw\", say, or \".\" for loose modules"),
        ('["maths.py"]', "[]", "files: List should have at least 1 item after validation, not 0"),
        ('["maths.py"]', '"maths.py"', "files: Input should be a valid list"),
        ('["maths.py"]', '["maths.py", 3]', "files.2: Input should be a valid string"),
        ("seconds = 30", "seconds = 0", "limits.seconds: Input should be greater than 0"),
        ("seconds = 30", 'seconds = "30"', "limits.seconds: Input should be a valid number"),
        ("memory_mb = 512", "memory_mb = 1", "limits.memory_mb: Input should be greater than or equal to 64"),
        ("[limits]", "zzz = 1\n[limits]", "zzz: there is no such key; remove it"),
        ("memory_mb", "memory", "limits.memory: there is no such key; did you mean memory_mb?"),
        ('id = "why"', 'id = "why not"',
         "questions.why not.id: String should match pattern '^[A-Za-z_][A-Za-z0-9_]*$'"),
        ("points = 1", "points = -1", "questions.why.rubric.1.points: Input should be greater than or equal to 0"),
        ('[{ points = 1, text = "A reason." }]', "[]",
         "questions.why.rubric: List should have at least 1 item after validation, not 0"),
    ],
)  # fmt: skip
def test_each_mistake_in_the_manifest_has_its_line(folder: Path, old: str, new: str, line: str) -> None:
    """The file, the place in it, and what is wrong."""
    change(folder, old, new)
    with pytest.raises(AuthorError) as caught:
        load_assignment(folder)
    what = line if ";" in line else f"{line}; correct it"
    assert caught.value.problems == (f"{folder / 'assignment.toml'}: {what}",)


def test_a_provided_file_that_only_the_reference_has_wants_its_stubs(folder: Path) -> None:
    """Where an author regenerates before the students' files are made, the line names the command."""
    (folder / "hw/__init__.py").unlink()
    change(folder, 'package = "hw"', 'package = "hw"\nreference = "../../solutions/tiny"')
    solved = folder / "../../solutions/tiny/hw"
    solved.mkdir(parents=True)
    (solved / "__init__.py").write_text("")
    with pytest.raises(AuthorError, match=r"there is no hw/__init__\.py; run `grader stubs tiny`$"):
        load_assignment(folder)


def test_all_mistakes_in_the_manifest_come_at_once(folder: Path) -> None:
    """Not one for each attempt."""
    (folder / "assignment.toml").write_text('package = ""\nmore = 1')
    with pytest.raises(AuthorError) as caught:
        read_manifest(folder)
    places = [line.removeprefix(f"{folder / 'assignment.toml'}: ").split(":")[0] for line in caught.value.problems]
    assert sorted(places) == ["form", "more", "package", "title"]


@pytest.mark.parametrize("content", [b"title = ", b"title = 1\ntitle = 2", b"\xff", b"[[limits]"])
def test_what_is_not_toml_is_one_line(folder: Path, content: bytes) -> None:
    """Bytes that are not text included."""
    (folder / "assignment.toml").write_bytes(content)
    with pytest.raises(AuthorError) as caught:
        read_manifest(folder)
    (line,) = caught.value.problems
    assert line.startswith(f"{folder / 'assignment.toml'}: not TOML (")
    assert line.endswith("; fix the file")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("hw/gone.py", "there is no hw/gone.py; add it or remove it"),
        ("../../secret.py", "../../secret.py is not inside the folder; copy it in"),
        ("hw/../../x.py", "hw/../../x.py is not inside the folder; copy it in"),
        ("/etc/passwd", "/etc/passwd is not inside the folder; copy it in"),
    ],
)
def test_provided_files_are_files_of_the_assignment(folder: Path, entry: str, said: str) -> None:
    """One that is absent or elsewhere is an author's error."""
    change(folder, "hw/given", entry)
    with pytest.raises(AuthorError) as caught:
        load_assignment(folder)
    assert caught.value.problems == (f"{folder / 'assignment.toml'}: provided: {said}",)


def test_each_check_whose_data_is_missing_has_its_line(folder: Path) -> None:
    """Public and hidden."""
    data = folder / "data/images.safetensors"
    data.unlink()
    with pytest.raises(AuthorError) as caught:
        load_assignment(folder)
    assert caught.value.problems == (
        f"checks.py:3 uses_data: there is no data file {data}; make it or correct data=",
        f"hidden_checks.py:3 secret: there is no data file {data}; make it or correct data=",
    )


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("checks.py", True),
        ("hidden_checks.py", True),
        ("assignment.toml", True),
        ("hw/given/b/c.py", True),
        ("hw/maths.py", False),
        ("expected/x.safetensors", False),
    ],
)
def test_the_digest_changes_with_what_scores_depend_on(folder: Path, file: str, counts: bool) -> None:
    """Not with the students' stubs, and not with expected values, which have their own."""
    before = load_assignment(folder)
    first = before.digest()
    (folder / file).parent.mkdir(exist_ok=True)
    with (folder / file).open("a") as opened:
        opened.write("\n# more\n")
    assert (load_assignment(folder).digest() != first) == counts


def test_an_assignment_is_found_by_folder_or_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name means a folder under `assignments/`."""
    monkeypatch.chdir(folder.parents[1])
    assert find_assignment("tiny") == find_assignment("assignments/tiny") == find_assignment(str(folder)) == folder
    monkeypatch.chdir(folder)
    assert find_assignment(".") == folder


def test_an_unknown_name_lists_the_known_ones(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the next try is right."""
    monkeypatch.chdir(folder.parents[1])
    (folder.parent / "cnn").mkdir()
    (folder.parent / "cnn/assignment.toml").write_text("")
    (folder.parent / "nothing").mkdir()
    for name in ("tyni", "nothing", "/nowhere"):
        with pytest.raises(UsageError) as caught:
            find_assignment(name)
        said = f"{name}: no such assignment; name one of cnn, tiny, or a folder with an assignment.toml"
        assert str(caught.value) == said
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match=r"name a folder with an assignment\.toml"):
        find_assignment("tiny")


def test_the_nearest_assignment_is_looked_for_upward(folder: Path, tmp_path: Path) -> None:
    """From inside the student's package, say."""
    assert nearest_assignment(folder / "hw/given") == nearest_assignment(folder) == folder
    with pytest.raises(UsageError, match=r"no assignment\.toml here or above"):
        nearest_assignment(tmp_path)
