"""No download, however broken, makes intake raise anything but a sentence, or leave a file anywhere."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lms_downloads import LAYOUTS, put, zip_of

from grader.assignment.handout import Handout
from grader.assignment.manifest import Manifest
from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.core.text import is_hidden
from grader.submissions.intake import plan
from grader.submissions.roster import Person, Roster

MANIFEST = Manifest(title="t", form="package", package="pkg", files=["cnn.py", "training.py"])
STUDENTS = {id: {"hw/cnn.py": id.encode(), "hw/training.py": b"t = 1\n" * 50} for id in ("12345", "23456", "34567")}
HANDOUT = Handout({"cnn.py": b"", "training.py": b"t = 1\n" * 50})
ROSTER = Roster(tuple(Person(id) for id in STUDENTS))
PART = st.sampled_from(
    ["..", ".", "", "ada", "Ada", "hw", "cnn.py", "training.py", "x.zip", "a\0b", "a\nb", "con", "-rf", "\u0430da",
     "１２３", "a\\..\\b", "é", "e\u0301", "__MACOSX", ".git", "C:", "~", "$HOME", "\u202e", "x" * 260, "submitted",
     "Ada L_12_assignsubmission_file", "Bo_12_assignsubmission_file_x.py", "ada_1_2_cnn.py", "ada_1_2_3_4_x.zip",
     "vocab.json", "cnn (1).py", "w.pt", "anon_a1_2_x", "submission_7", "hw2-11111_22222.zip",
     "submission_metadata.yml", "timestamp.txt", "hw-2-ada",
     "HW_ada_attempt_2024-03-01-12-30-00.txt", "HW_ada_attempt_2024-03-01-12-30-00_cnn.py", "members.txt",
     "1-2 - Ada L - Oct 3, 2025 1022 AM", "L, Ada(ada)", "Submission attachment(s)", "x.tar.gz"]
) | st.text(max_size=6)  # fmt: skip
NAME = st.lists(PART, min_size=1, max_size=5).map("/".join)
MODE = st.sampled_from([0, stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFIFO, 0o106777])


def zipped(entries: list[tuple[str, int, bytes]]) -> bytes:
    """A zip of entries of any name and kind."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, mode, data in entries:
            info = zipfile.ZipInfo("x")
            info.filename = name.encode(errors="replace").decode()
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return content.getvalue()


INNER = st.lists(st.tuples(NAME, MODE, st.binary(max_size=20)), max_size=4).map(zipped)
ENTRIES = st.lists(st.tuples(NAME, MODE, st.binary(max_size=20) | INNER), max_size=8)


def mangled(content: bytes, changes: list[tuple[int, int]], cut: int | None) -> bytes:
    """The bytes with some of them changed, and cut short at a place."""
    changed = bytearray(content)
    for place, bits in changes:
        if changed:
            changed[place % len(changed)] ^= bits
    return bytes(changed if cut is None else changed[: cut % (len(changed) + 1)])


def tree(folder: Path) -> dict[str, bytes | str | None]:
    """Everything below a folder, by path."""
    found: dict[str, bytes | str | None] = {}
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place, name)
            found[str(path)] = (
                str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
            )
    return found


def examine(home: Path, source: Path, roster: Roster | None) -> None:
    """Plan and read: good ids once each, reasons in plain letters, and not a file more than before."""
    work = home / "work"
    work.mkdir()
    before = tree(home)
    try:
        found = plan(source, roster=roster, manifest=MANIFEST)
        again = plan(source, roster=roster, manifest=MANIFEST)
    except UsageError as error:
        assert "\n" not in str(error)
        assert tree(home) == before
        return
    assert found == again
    members = [id for entry in found.entries for id in entry.members]
    assert len({id.lower() for id in members}) == len(members)
    assert all(is_id(id) for id in (*members, *(entry.id for entry in found.entries)))
    assert not any(is_hidden(letter) for entry in found.entries for letter in entry.name)
    for each in found.quarantined:
        assert each.reason
        assert not any(map(is_hidden, each.name))
        assert not any(map(is_hidden, each.reason))
    assert len({each.name for each in found.quarantined}) == len(found.quarantined)
    assert not roster or {person.id for person in roster.people} >= set(members)
    for entry in found.entries:
        read = entry.read(MANIFEST, work, HANDOUT)
        assert read.id == entry.id
        assert not (read.problem and read.files)
        assert not any(map(is_hidden, "".join((read.problem or "", *read.notes))))
    assert tree(home) == before


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=600, deadline=None)
@given(ENTRIES, st.booleans())
def test_no_names_in_a_platforms_zip_do_harm(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, int, bytes]], roster: bool
) -> None:
    """Dots, NULs, links, other alphabets, names of other layouts; zips in it that are just as bad."""
    home = tmp_path_factory.mktemp("names")
    (home / "class.zip").write_bytes(zipped(entries))
    examine(home, home / "class.zip", ROSTER if roster else None)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["ada", "bob", "cy", "12345", "a b", "x"]), INNER | st.binary(max_size=40), max_size=4
    ),
    st.sampled_from([".zip", ".ZIP", ".py", ".ipynb", ".rar", ""]),
    st.booleans(),
)
def test_no_zips_of_students_do_harm(
    tmp_path_factory: pytest.TempPathFactory, archives: dict[str, bytes], suffix: str, roster: bool
) -> None:
    """In a folder, each named after a student."""
    home = tmp_path_factory.mktemp("zips")
    examine(
        home,
        put(home / "class", {f"{name}{suffix}": data for name, data in archives.items()}),
        ROSTER if roster else None,
    )


CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(1, 255)), max_size=4)


@pytest.mark.slow
@settings(max_examples=800, deadline=None)
@given(st.sampled_from(LAYOUTS), st.booleans(), CHANGES, st.none() | st.integers(0, 1 << 16), st.booleans())
def test_no_damage_to_a_download_does_harm(
    tmp_path_factory: pytest.TempPathFactory, builder: object, outer: bool, changes: list[tuple[int, int]],
    cut: int | None, roster: bool,
) -> None:  # fmt: skip
    """Flipped bits and lost ends, of the platform's zip or of every file in the folder, in every layout."""
    home = tmp_path_factory.mktemp("damage")
    assert callable(builder)
    source: Path = builder(STUDENTS, home / "class")
    if outer:
        source = zip_of(source, home / "class.zip")
        source.write_bytes(mangled(source.read_bytes(), changes, cut))
    else:
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            path.write_bytes(mangled(path.read_bytes(), changes, cut))
    examine(home, source, ROSTER if roster else None)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\3\4", b"PK\5\6" + b"\0" * 18, b"PK\1\2"]))
def test_no_bytes_do_harm(tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes) -> None:
    """That are not a zip at all, or begin or end like one."""
    home = tmp_path_factory.mktemp("bytes")
    for number, data in enumerate((head + content, content + head)):
        inner = home / str(number)
        inner.mkdir()
        (inner / "class.zip").write_bytes(data)
        examine(inner, inner / "class.zip", None)
