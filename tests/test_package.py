"""A submission is found wherever the student put it, read without following anything, and never makes reading fail."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.limits import Level
from grader.core.submission import Submission, is_id
from grader.core.text import is_hidden
from grader.results.report import Report, from_json, to_json
from grader.submissions.finding import FILE_CAP, content_of
from grader.submissions.package import FILES_CAP, read_package

WANTED = ("cnn.py", "training.py")


def put(folder: Path, *paths: str, content: str = "x = 1\n") -> Path:
    """Files below a folder, each with its own path as a comment."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"# {path}\n{content}")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read(folder: Path, package: str = "hw") -> Submission:
    """The submission in a folder."""
    return read_package(folder, package, WANTED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A student's folder."""
    return put(tmp_path / "ada")


def test_a_package_where_it_belongs_is_read_without_a_word(folder: Path) -> None:
    """With helpers, data and folders of its own, by their paths below the package."""
    put(folder, "hw/cnn.py", "hw/training.py", "hw/helper.py", "hw/deep/er.py", "hw/deep/words.txt", "hw/x.exe", "x.py")
    found = read(folder)
    assert (found.id, found.notes, found.problem, found.place) == ("ada", (), None, "hw")
    assert sorted(found.files) == ["cnn.py", "deep/er.py", "deep/words.txt", "helper.py", "training.py"]
    assert found.files["deep/er.py"] == b"# hw/deep/er.py\nx = 1\n"


@pytest.mark.parametrize("place", ["a/b/hw", "ada_123/hw", "HW", "Hw ", "hw-", "h_w", "solution", "a/my work"])
def test_a_nested_or_renamed_package_is_found_with_a_note(folder: Path, place: str) -> None:
    """By its name in any spelling, or by the files that it holds."""
    put(folder, f"{place}/cnn.py", f"{place}/training.py")
    found = read(folder)
    assert found.problem is None
    assert found.files["cnn.py"] == f"# {place}/cnn.py\nx = 1\n".encode()
    assert found.notes == (f"the package was found in `{place}` instead of `hw`",)


@pytest.mark.parametrize("name", ["HW 2", "hw-2", "Hw_2", "hw2"])
def test_one_file_is_enough_in_a_folder_of_the_packages_name(folder: Path, name: str) -> None:
    """A student who did one part is graded on it."""
    put(folder, f"{name}/cnn.py")
    assert list(read(folder, "hw2").files) == ["cnn.py"]


def test_files_without_a_folder_are_found(folder: Path) -> None:
    """They were submitted bare."""
    put(folder, *WANTED)
    found = read(folder)
    assert sorted(found.files) == sorted(WANTED)
    assert found.notes == ("the files were found without the folder `hw` around them",)


def test_the_folder_that_holds_most_wins(folder: Path) -> None:
    """Not the first, and not the one with the right name and half of the files."""
    put(folder, "hw/cnn.py", "z/cnn.py", "z/training.py")
    assert read(folder).files["cnn.py"].startswith(b"# z/cnn.py")


def test_two_copies_are_a_problem_that_names_both(folder: Path) -> None:
    """The grader does not choose."""
    put(folder, "old/hw/cnn.py", "old/hw/training.py", "new/hw/cnn.py", "new/hw/training.py")
    found = read(folder)
    assert found.problem == "the package `hw` exists more than once: new/hw and old/hw; keep one"
    assert not found.files


def test_no_package_is_a_problem_that_tells_what_was_found(folder: Path) -> None:
    """A zero would say that somebody looked at the work."""
    put(folder, "essay.docx", "main.py")
    assert read(folder).problem == "no folder `hw` with cnn.py, training.py; found essay.docx, main.py"
    assert "found nothing" in (read(put(folder.parent / "bob")).problem or "")
    put(folder, "hw/cnnn.py")
    assert read(folder).problem == "`hw` has none of cnn.py, training.py; found cnnn.py"


@pytest.mark.parametrize("junk", ["__MACOSX", ".git", "__pycache__", ".ipynb_checkpoints", "venv", "node_modules"])
def test_what_tools_leave_behind_is_ignored(folder: Path, junk: str) -> None:
    """A second copy in there is none."""
    put(folder, "hw/cnn.py", "hw/training.py", f"{junk}/hw/cnn.py", f"{junk}/hw/training.py", f"hw/{junk}/x.py")
    found = read(folder)
    assert (found.problem, sorted(found.files)) == (None, sorted(WANTED))


@pytest.mark.parametrize("place", ["", "hw/", "my work/"])
@pytest.mark.parametrize("names", [("cnn (1).py", "training-2.py"), ("cnn(12).py", "training.py")])
def test_a_numbered_copy_is_taken_for_the_file_that_is_not_there(
    folder: Path, place: str, names: tuple[str, str]
) -> None:
    """A browser or the platform numbered it; the report says so."""
    put(folder, *(place + name for name in names))
    found = read(folder)
    assert {name: content.split(b"\n")[0].decode() for name, content in found.files.items()} == {
        file: f"# {place}{name}" for file, name in zip(WANTED, names, strict=True)
    }
    told = [f"`{name}` was used as `{file}`" for file, name in zip(WANTED, names, strict=True) if name != file]
    assert list(found.notes[-len(told) :]) == told


def test_the_file_itself_counts_before_its_copies(folder: Path) -> None:
    """Even where the copy may be the newer one."""
    put(folder, "hw/cnn.py", "hw/cnn (1).py", "hw/cnn-2.py", "hw/training.py", "hw/training (1).py")
    found = read(folder)
    assert (found.problem, sorted(found.files)) == (None, sorted(WANTED))
    assert found.files["cnn.py"].startswith(b"# hw/cnn.py")
    assert found.notes == (
        "`cnn (1).py` and `cnn-2.py` were ignored: `cnn.py` exists",
        "`training (1).py` was ignored: `training.py` exists",
    )


def test_of_two_copies_none_is_taken(folder: Path) -> None:
    """The grader does not choose; the rest is graded all the same."""
    put(folder, "cnn (1).py", "cnn (2).py", "training.py")
    found = read(folder)
    assert (found.problem, list(found.files)) == (None, ["training.py"])
    assert found.notes[-1] == (
        "`cnn (1).py` and `cnn (2).py` were ignored: any of them may be `cnn.py`; keep one, under that name"
    )


def test_a_folder_with_the_files_themselves_counts_before_one_with_copies(folder: Path) -> None:
    """Also where the copies have the package's name around them."""
    put(folder, "hw/cnn (1).py", "hw/training (1).py", "z/cnn.py", "z/training.py")
    assert read(folder).files["cnn.py"].startswith(b"# z/cnn.py")


def test_two_folders_of_copies_are_a_problem(folder: Path) -> None:
    """As two packages are."""
    put(folder, "a/cnn (1).py", "a/training (1).py", "b/cnn (1).py", "b/training (1).py")
    assert read(folder).problem == "the package `hw` exists more than once: a and b; keep one"


@pytest.mark.parametrize("name", ["cnn-1.py", "helper-1.py", "cnn-x.py", "cnn-.py", "-1.py"])
def test_what_is_not_a_copy_of_a_wanted_file_keeps_its_name(folder: Path, name: str) -> None:
    """A helper of the student's, or a wanted file that has this name in the course."""
    put(folder, f"hw/{name}", "hw/training.py")
    wanted = ("cnn-1.py", "cnn.py", "training.py")
    found = read_package(folder, "hw", wanted)
    assert (sorted(found.files), found.notes) == (sorted([name, "training.py"]), ())


SECRET = "SECRET = 'the expected values'\n"


@pytest.mark.parametrize(
    "link", ["hw/training.py", "hw/extra.py", "hw/deep", "elsewhere", "HW", "hw/dangling.py", ".venv", "env"]
)
@pytest.mark.parametrize("to", ["secret.py", "secrets", "/etc/passwd", "loop"])
def test_the_target_of_a_link_is_nowhere(folder: Path, link: str, to: str) -> None:
    """File or folder, in the package or beside it, dangling or not; only what is asked for must not be a link."""
    put(folder.parent, "secret.py", "secrets/cnn.py", "secrets/training.py", content=SECRET)
    put(folder, "hw/cnn.py")
    (folder / link).symlink_to(folder if to == "loop" else folder.parent / to)
    found = read(folder)
    if link == "hw/training.py":
        assert found.problem == "`training.py` cannot be used: it is a link; submit the file itself"
        assert not found.files
    else:
        assert (found.problem, list(found.files)) == (None, ["cnn.py"])
        told = (f"left aside: `{link[3:]}`: it is a link; submit the file itself",)
        assert found.notes == (told if link.startswith("hw/") and link.endswith(".py") else ())
    assert "SECRET" not in repr(found)


def test_a_link_that_appears_between_looking_and_reading_is_not_followed(folder: Path) -> None:
    """The file is opened without following, whatever was there when its folder was listed."""
    put(folder.parent, "secret.py", content=SECRET)
    (folder / "cnn.py").symlink_to(folder.parent / "secret.py")
    with pytest.raises(OSError, match="symbolic links"):
        content_of(folder / "cnn.py", FILE_CAP)


def test_nobody_waits_for_a_pipe(folder: Path) -> None:
    """Opening one for reading would block forever."""
    put(folder, "hw/training.py")
    os.mkfifo(folder / "hw/pipe.py")
    begun = time.monotonic()
    assert read(folder).notes == ("left aside: `pipe.py`: it is not a regular file",)
    os.mkfifo(folder / "hw/cnn.py")
    assert read(folder).problem == "`cnn.py` cannot be used: it is not a regular file"
    assert time.monotonic() - begun < 5


def test_a_file_of_exactly_the_cap_is_read_and_a_larger_one_is_a_problem(folder: Path) -> None:
    """One byte decides."""
    put(folder, "hw/training.py")
    (folder / "hw/cnn.py").write_bytes(b"#" * FILE_CAP)
    assert len(read(folder).files["cnn.py"]) == FILE_CAP
    (folder / "hw/cnn.py").write_bytes(b"#" * (FILE_CAP + 1))
    assert read(folder).problem == "`cnn.py` cannot be used: it is larger than 1 MiB"
    (folder / "hw/cnn.py").rename(folder / "hw/weights.py")
    found = read(folder)
    assert (list(found.files), found.notes) == (["training.py"], ("left aside: `weights.py`: it is larger than 1 MiB",))


def test_of_too_many_files_the_first_are_read(folder: Path) -> None:
    """Somebody submitted a library; what is asked for is among them."""
    put(folder, "hw/cnn.py", "hw/training.py", *(f"hw/f{i}.py" for i in range(FILES_CAP - 2)))
    assert len(read(folder).files) == FILES_CAP
    put(folder, "hw/a/library.py", "hw/a/b/library.py")
    found = read(folder)
    assert len(found.files) == FILES_CAP and set(WANTED) <= found.files.keys()
    told = "left aside: `a/b/library.py` and `a/library.py`: more than 200 files; submit only your own"
    assert found.notes == (told,)


@pytest.mark.parametrize("name", ["a b", "ä", "x" * 65, "a;b", "a\nb", "...", "a\\b", "a$b"])
def test_a_folder_that_is_not_a_student_id_is_a_problem(tmp_path: Path, name: str) -> None:
    """It would become a path and a cell of a table."""
    found = read(put(tmp_path / name, "hw/cnn.py", "hw/training.py"))
    assert found.problem is not None
    assert "not a student id" in found.problem
    assert not found.files
    assert not any(map(is_hidden, found.id))


@pytest.mark.parametrize("name", ["..", "", ".", "a/b"])
def test_a_given_id_is_held_to_the_same_rule(folder: Path, name: str) -> None:
    """An empty one means the folder's name."""
    put(folder, "hw/cnn.py", "hw/training.py")
    found = read_package(folder, "hw", WANTED, id=name)
    assert bool(found.problem) == bool(name)
    assert read_package(folder, "hw", WANTED, id="bob@uni.edu").id == "bob@uni.edu"


def test_what_is_not_a_folder_is_a_problem(tmp_path: Path) -> None:
    """A file, or nothing at all."""
    (tmp_path / "ada").write_text("")
    for name in ("ada", "bob"):
        found = read(tmp_path / name)
        assert found.problem is not None
        assert found.problem.startswith("cannot be read")


@pytest.mark.parametrize(
    ("name", "shown"), [("a\x1b[2J.py", r"a\x1b[2J.py"), (".#cnn.py~.py", ".#cnn.py~.py"), ("ישן/a.py", "ישן/a.py"),
                        ("cnn (Dana's conflicted copy).py", "cnn (Dana's conflicted copy).py")],
)  # fmt: skip
def test_a_python_file_of_an_odd_name_is_left_aside(folder: Path, name: str, shown: str) -> None:
    """It can be no module, and is shown as it is written, unless it could move a terminal's cursor."""
    put(folder, "hw/cnn.py", f"hw/{name}")
    found = read(folder)
    assert (found.problem, list(found.files)) == (None, ["cnn.py"])
    assert found.notes == (f"left aside: `{shown}`: it has no name for a Python file",)


PARTS = st.sampled_from(
    [b"hw", b"HW 2", b"cnn.py", b"training.py", b"\xff\xfe", b"\xed\xa0\x80", b"a\nb", b"\x1b[2J", b"=1+1", "‮".encode(),
     b"...", b"-", b"__MACOSX", b"x.py", b"\xff.py", b" ", b"a" * 200]
) | st.binary(min_size=1, max_size=12).filter(lambda name: b"/" not in name and b"\0" not in name)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    PARTS,
    st.lists(
        st.tuples(st.lists(PARTS, min_size=1, max_size=6), st.sampled_from(["file", "folder", "link", "fifo"])),
        max_size=8,
    ),
)
def test_no_tree_makes_reading_or_reporting_raise(
    tmp_path_factory: pytest.TempPathFactory, name: bytes, entries: list[tuple[list[bytes], str]]
) -> None:
    """Names that are not text, links, pipes and folders called like files: read or a problem, and fit for a report."""
    home = tmp_path_factory.mktemp("trees") / (os.fsdecode(name) if name not in (b".", b"..") else "s")
    home.mkdir()
    for parts, what in entries:
        place = home.joinpath(*(os.fsdecode(part) for part in parts if part != b".."))
        try:
            (place if what == "folder" else place.parent).mkdir(parents=True, exist_ok=True)
            if os.path.lexists(place) and what != "folder":
                continue
            if what == "file":
                place.write_bytes(b"x = 1")
            elif what == "link":
                place.symlink_to("/etc/passwd")
            elif what == "fifo":
                os.mkfifo(place)
        except OSError:  # two entries that cannot both be
            continue
    found = read(home)
    assert not (found.problem and found.files)
    assert not any(b"root:" in content for content in found.files.values())
    report = Report(found.id, "a", "A", Level.ISOLATED, "cpu", notes=found.notes, reason=found.problem or "")
    assert from_json(to_json(report)) == report
    assert not any(map(is_hidden, "".join((found.id, found.problem or "", *found.notes))))


def test_a_folder_named_like_a_python_file_is_not_read(folder: Path) -> None:
    """In the room it would stand where the provided file of that name has to be."""
    put(folder, "hw/cnn.py", "hw/mlp.py/x.py")
    found = read(folder)
    assert (found.problem, list(found.files)) == (None, ["cnn.py"])
    assert found.notes == ("left aside: `mlp.py`: it is a folder with the name of a file; submit the file",)
    put(folder, "hw/training.py/x.py")
    assert "`training.py` cannot be used: it is a folder" in (read(folder).problem or "")


@pytest.mark.parametrize("inside", ["lib/python3.11/site-packages/hw", "bin", "Lib/site-packages/hw", "share/hw"])
@pytest.mark.parametrize("environment", ["my env", "", "hw"])
def test_a_virtual_environment_of_any_name_is_passed_over(folder: Path, inside: str, environment: str) -> None:
    """Also one that was made in the folder of the package itself."""
    put(folder, "hw/cnn.py", "hw/training.py", *(f"{environment}/{inside}/{name}" for name in WANTED))
    put(folder / environment, "pyvenv.cfg")
    found = read(folder)
    assert (found.problem, sorted(found.files), found.notes) == (None, sorted(WANTED), ())


@pytest.mark.parametrize("depth", [5, 12, 18])
def test_a_package_is_found_at_any_depth(folder: Path, depth: int) -> None:
    """As `zip -r` packs the path from the root on."""
    put(folder, *("d/" * depth + f"hw/{name}" for name in WANTED))
    assert sorted(read(folder).files) == sorted(WANTED)


@pytest.mark.parametrize("text", ["", ".", "..", "a b", "a/b", "é", "１", "a\n", "a" * 65, "`rm`"])
def test_a_text_that_cannot_be_a_students_folder_is_not_an_id(text: str) -> None:
    """Nor one that only looks like one; addresses and numbers are."""
    assert not is_id(text)
    assert all(map(is_id, ("900001", "ada@uni.edu", "a" * 64, "..a", "-")))
