"""Stubs hold nothing of the solution, are valid Python, and are the ones committed."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.manifest import Manifest, read_manifest
from grader.assignment.stubs import stub_of
from grader.assignment.student_files import doubts, student_files, write_student_files
from grader.core.errors import AuthorError

ROOT = Path(__file__).parents[1]


def package(name: str = "hw", *, provided: list[str] | None = None) -> Manifest:
    """The manifest of an assignment of one package, to which students submit `a.py`."""
    return Manifest(title="x", form="package", package=name, files=["a.py"], provided=provided or [])


def cut(text: str) -> str:
    """The stub of an indented text."""
    return stub_of(dedent(text).lstrip("\n"))


def test_a_block_becomes_a_raise_that_says_what_to_write() -> None:
    """The task behind the colon is the error's message; indentation is the marker's."""
    stub = cut('''
        def area(r):
            """Return the area."""
            # BEGIN SOLUTION: pi times r "squared"
            return 3.14 * r**2
            # END SOLUTION

        def other():
            return 1
    ''')
    assert stub == (
        'def area(r):\n    """Return the area."""\n'
        '    raise NotImplementedError("pi times r \\"squared\\"")\n\ndef other():\n    return 1\n'
    )


@pytest.mark.parametrize("begin", ["# BEGIN SOLUTION", "### BEGIN SOLUTION", "#BEGIN SOLUTION", "# Begin solution :"])
def test_markers_are_read_as_authors_write_them(begin: str) -> None:
    """Several hashes, no space, small letters; without a task the message is a general one."""
    stub = stub_of(f"def f():\n\t{begin}\n\treturn 42\n\t### END SOLUTION\n")
    assert stub == 'def f():\n\traise NotImplementedError("write this part")\n'


def test_stub_lines_stand_in_for_a_block() -> None:
    """They keep their own indentation, and no `raise` is added."""
    stub = cut('''
        # BEGIN SOLUTION
        # STUB: def f():
        # STUB:     """**Your answer:**"""
        # STUB:
        # STUB: x = None
        # a comment that gives much away
        def f():
            return 42
        x = 42
        # END SOLUTION
        y = 1
    ''')
    assert stub == 'def f():\n    """**Your answer:**"""\n\nx = None\ny = 1\n'


@pytest.mark.parametrize(
    ("line", "stub"),
    [
        ("x = f()  # SOLUTION", "x = ..."),
        ("x = f()  ### SOLUTION", "x = ..."),
        ("x: int = f(y=1)  # SOLUTION", "x: int = ..."),
        ("x = y = f()  # SOLUTION", "x = y = ..."),
        ("x[g(a=1)] = lambda a=2: a  # SOLUTION", "x[g(a=1)] = ..."),
        ("x, (y, z) = f()  # SOLUTION", "x, (y, z) = ..."),
        ("x = (\n    f(1)  # why\n    + 2\n)  # SOLUTION", "x = ..."),
        ("x = \\\n    f()  # SOLUTION", "x = ..."),
        ("if True:\n    x = '''a\n# b'''  # SOLUTION", "if True:\n    x = ..."),
        ("é = 'ü'; \nx = 'é'  # SOLUTION", "é = 'ü'; \nx = ..."),
        ("x = f()  # type: ignore  # SOLUTION", "x = ..."),
        ("match 1:\n    case _:\n        x = 2  # SOLUTION", "match 1:\n    case _:\n        x = ..."),
    ],
)
def test_a_trailing_marker_leaves_the_assignments_targets(line: str, stub: str) -> None:
    """The value becomes `...`, over however many lines it stands."""
    assert stub_of(f"{line}\nz = 0\n") == f"{stub}\nz = 0\n"


@pytest.mark.parametrize(
    ("source", "line", "problem"),
    [
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION\n", 2, "inside the block of line 1"),
        ("x = 1\n# BEGIN SOLUTION\ny = 1\n", 2, "never closed"),
        ("# END SOLUTION\n", 1, "without a BEGIN"),
        ("x = 1  # BEGIN SOLUTION\n# END SOLUTION\n", 1, "follows code"),
        ("# BEGIN SOLUTIONS\nx = 1\n", 1, "looks like a marker"),
        ("# BEGIN-SOLUTION\nx = 1\n", 1, "looks like a marker"),
        ("# STUB: x = 1\n", 1, "looks like a marker"),
        ("x = 1  # SOLUTION here\n", 1, "looks like a marker"),
        ("# SOLUTION\nx = 1\n", 1, "does not follow exactly one assignment"),
        ("f()  # SOLUTION\n", 1, "does not follow exactly one assignment"),
        ("x += 1  # SOLUTION\n", 1, "does not follow exactly one assignment"),
        ("x: int  # SOLUTION\n", 1, "does not follow exactly one assignment"),
        ("x = 1; y = 2  # SOLUTION\n", 1, "does not follow exactly one assignment"),
        ("if True: x = 1  # SOLUTION\n", 1, "does not follow exactly one assignment"),
        ("a = 1; x = (\n2)  # SOLUTION\n", 2, "does not follow exactly one assignment"),
        ('x = """\n# BEGIN SOLUTION\n1\n# END SOLUTION\n"""\n', 2, "inside a string"),
        ("def f():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n  return 2\n", 5, "not valid Python"),
        ("def f():\n# BEGIN SOLUTION\n    return 1\n# END SOLUTION\n", 2, "without its solution"),
    ],
)
def test_a_marker_gone_wrong_is_refused_with_its_line(source: str, line: int, problem: str) -> None:
    """Nothing is guessed: what might be a solution must not reach students."""
    with pytest.raises(AuthorError) as caught:
        stub_of(source, where="a.py")
    assert any(each.startswith(f"a.py:{line}: ") and problem in each for each in caught.value.problems)
    assert all(";" in each for each in caught.value.problems)


def test_all_problems_are_told_at_once_in_order() -> None:
    """An author fixes a file in one go."""
    with pytest.raises(AuthorError) as caught:
        stub_of("# SOLUTION\n# END SOLUTION\nf()  # SOLUTION\n# BEGIN SOLUTION\n")
    assert [each.split(": ")[0] for each in caught.value.problems] == [f"source:{line}" for line in (1, 2, 3, 4)]


# Lines of valid Python, none a marker; `secret` stands in solutions only.
LINES = st.sampled_from(
    ["x = 1", "", "# a comment", "    ", "if x:\n    y = 2", "s = '''\n  text\n'''", "def f(): pass"]
)
SECRETS = st.sampled_from(
    ["secret = 1", "# secret", "if 1:\n    secret()", "s = '''secret\n'''", "", "x = 1  # SOLUTION"]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(st.lists(LINES), ENDS)
def test_a_text_without_markers_is_unchanged(lines: list[str], end: str) -> None:
    """To the byte, whatever the line ends."""
    source = "\n".join(lines).replace("\n", end)
    assert stub_of(source) == source


@given(st.lists(st.tuples(LINES, st.lists(SECRETS), st.booleans()), min_size=1), ENDS)
def test_nothing_between_markers_survives_and_all_else_does(parts: list[tuple[str, list[str], bool]], end: str) -> None:
    """However text and solutions alternate: the rest stays as it was, in order, and the stub parses."""
    source, expected = "", ""
    for line, secrets, trailing in parts:
        solution = "".join(f"{secret}\n" for secret in secrets)
        source += f"{line}\n# BEGIN SOLUTION\n{solution}# END SOLUTION\n"
        expected += f'{line}\nraise NotImplementedError("write this part")\n'
        if trailing:
            source += "t = [secret,\n  'secret']  # SOLUTION\n"
            expected += "t = ...\n"
    stub = stub_of(source.replace("\n", end))
    assert "secret" not in stub
    assert stub == expected.replace("\n", end)
    ast.parse(stub)


@given(st.lists(st.sampled_from(["# BEGIN SOLUTION", "# END SOLUTION", "x = 1", "y = secret  # SOLUTION"]), max_size=8))
def test_markers_in_any_order_are_cut_or_refused(lines: list[str]) -> None:
    """The stub parses and has no marker, or the author is told."""
    try:
        stub = stub_of("\n".join(lines))
    except AuthorError:
        return
    assert "SOLUTION" not in stub
    assert "secret" not in stub
    ast.parse(stub)


def test_writing_stubs_writes_the_package_and_what_is_provided_beside_it(tmp_path: Path) -> None:
    """Every module, those in folders below included, and provided helpers and data of any kind; no neighbour else."""
    reference, out = tmp_path / "ref", tmp_path / "out"
    for name, content in {
        "course/deep/a.py": "x = 1  # SOLUTION\n", "course/vocab.json": "{}", "course/mine.pt": "trained",
        "utils/load.py": "y = 2\n", "utils/words.txt": "a", "utils/__pycache__/load.pyc": "", "wrong/a.py": "x = 1\n",
        "wrong.toml": "", "table.csv": "1,2\n",
    }.items():  # fmt: skip
        (reference / name).parent.mkdir(parents=True, exist_ok=True)
        (reference / name).write_text(content)
    manifest = package("course", provided=["utils", "table.csv", "course/vocab.json", "only/here.py"])
    written = write_student_files(reference, out, manifest)
    names = ["course/deep/a.py", "course/vocab.json", "table.csv", "utils/load.py", "utils/words.txt"]
    assert written == [out / name for name in names]
    assert sorted(path for path in out.rglob("*") if path.is_file()) == written
    assert written[0].read_text() == "x = ...\n"
    assert doubts(reference, manifest) == ["course/mine.pt: left out; students get it if it is named in provided"]


def test_of_loose_modules_students_get_what_the_assignment_names(tmp_path: Path) -> None:
    """Not the author's scripts beside them, and never what is to be submitted: weights that the reference has."""
    for name, content in {
        "net.py": "x = 1  # SOLUTION\n", "make_answers.py": "42\n", "models/load.py": "y = 2\n",
        "models/best.pth": "trained",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    manifest = Manifest(
        title="x", form="package", package=".", files=["net.py", "models/best.pth"], provided=["models"]
    )
    assert [*student_files(tmp_path, manifest)] == ["models/load.py", "net.py"]
    assert doubts(tmp_path, manifest) == ["make_answers.py: left out; students get it if it is named in provided"]
    (tmp_path / "net.py").unlink()
    with pytest.raises(AuthorError, match=r"there is none of net\.py, models/best\.pth in it; correct assignment"):
        student_files(tmp_path, manifest.model_copy(update={"provided": []}))


def test_a_reference_without_markers_is_not_a_handout(tmp_path: Path) -> None:
    """Students would get the solution; one module without them among others is told."""
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw/a.py").write_text("def f():\n    return 42\n")
    with pytest.raises(AuthorError, match=r"hw: nothing is marked as solution, .*; put # BEGIN SOLUTION and"):
        write_student_files(tmp_path, tmp_path / "out", package())
    assert not (tmp_path / "out").exists()
    (tmp_path / "hw/b.py").write_text("x = 1  # SOLUTION\n")
    assert doubts(tmp_path, package()) == ["hw/a.py: nothing in it is marked as solution; students get it whole"]


def test_a_mark_before_the_text_is_not_part_of_it(tmp_path: Path) -> None:
    """Some editors begin a file with a byte order mark, and Python passes over it; line ends stay."""
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw/a.py").write_bytes(b"\xef\xbb\xbfx = 1  # SOLUTION\r\n")
    (written,) = write_student_files(tmp_path, tmp_path / "out", package())
    assert written.read_bytes() == b"x = ...\r\n"
    (tmp_path / "hw/a.py").write_bytes(b"x = '\xe9'  # SOLUTION\n")
    with pytest.raises(AuthorError, match=r"a\.py: not UTF-8 \(invalid continuation byte at byte 5\); save it"):
        write_student_files(tmp_path, tmp_path / "out", package())


def test_writing_stubs_writes_nothing_where_one_file_is_wrong(tmp_path: Path) -> None:
    """And tells the problems of all files, a block that would stop the import among them."""
    folder = tmp_path / "ref/hw"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("# END SOLUTION\n")
    (folder / "b.py").write_text("class C:\n    # BEGIN SOLUTION\n    x = 1\n    # END SOLUTION\n")
    with pytest.raises(AuthorError) as caught:
        write_student_files(tmp_path / "ref", tmp_path / "out", package())
    assert [each.split(": ")[0] for each in caught.value.problems] == ["hw/a.py:1", "hw/b.py:2"]
    assert not (tmp_path / "out").exists()


def test_the_package_of_the_reference_is_that_of_the_assignment(tmp_path: Path) -> None:
    """One of another name is not taken in its place."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.py").write_text("x = 1  # SOLUTION\n")
    with pytest.raises(AuthorError, match="there is no package hw in it; correct assignment"):
        write_student_files(tmp_path, tmp_path / "out", package())


def test_the_committed_stubs_of_cnn_are_the_generated_ones(tmp_path: Path) -> None:
    """A change of the reference or of a stub by hand shows here."""
    committed = ROOT / "assignments/cnn"
    written = write_student_files(ROOT / "solutions/cnn", tmp_path, read_manifest(committed))
    assert sorted(path.relative_to(committed) for path in committed.glob("hw/**/*.py")) == sorted(
        path.relative_to(tmp_path) for path in written
    )
    for path in written:
        assert (committed / path.relative_to(tmp_path)).read_text() == path.read_text()
