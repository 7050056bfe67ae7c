"""Zips that anybody may have made are listed and unpacked within limits, or refused with a reason; nothing escapes."""

import io
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lms_downloads import packed, put, zip_of

from grader.assignment.manifest import Manifest
from grader.core.submission import Submission
from grader.core.text import is_hidden
from grader.files.zips import Packed, Unsafe, folded, list_zip, name_problem
from grader.submissions import unpacking
from grader.submissions.intake import plan
from grader.submissions.package import FILES_CAP

MANIFEST = Manifest(title="t", form="package", package="hw", files=["cnn.py", "training.py"])
GOOD = {"hw/cnn.py": b"c = 1\n", "hw/training.py": b"t = 1\n"}
CAP = 1 << 20


def read(tmp_path: Path, content: bytes, name: str = "ada.zip") -> Submission:
    """A student's zip as it is read, beside one of another that is read as well; nothing is left or put elsewhere."""
    source = put(tmp_path / "class", {name: content, "bob.zip": packed(GOOD)})
    before = sorted(path.name for path in tmp_path.iterdir())
    entries = {entry.id: entry for entry in plan(source).entries}
    first = entries["ada"].read(MANIFEST, tmp_path / "work")
    second = entries["bob"].read(MANIFEST, tmp_path / "work")
    assert len(second.files) == 2
    assert not list((tmp_path / "work").iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({*before, "work"})
    assert not (first.problem and first.files)
    assert not any(map(is_hidden, "".join((first.problem or "", *first.notes))))
    return first


def made(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    """A zip of these entries, whatever they are called."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else called(name), data)
    return content.getvalue()


def called(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    """An entry of any name and kind."""
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def entries_of(content: bytes, tmp_path: Path) -> list[Packed]:
    """What is listed of a zip."""
    (tmp_path / "a.zip").write_bytes(content)
    return list_zip(tmp_path / "a.zip", directory_cap=CAP)


def test_a_good_zip_is_read_and_nothing_is_left(tmp_path: Path) -> None:
    """With whatever else is in it, which is not unpacked."""
    found = read(
        tmp_path, packed({**GOOD, "hw/data.bin": b"\0" * 1000, "essay.pdf": b"%PDF", "__MACOSX/hw/._cnn.py": b""})
    )
    assert dict(found.files) == {"cnn.py": b"c = 1\n", "training.py": b"t = 1\n"}
    assert (found.problem, found.notes) == (None, ())


def test_only_what_is_read_is_unpacked(tmp_path: Path) -> None:
    """What the assignment has no use for leaves its name, for the note."""
    assert "found data, essay.pdf" in (
        read(tmp_path, packed({"essay.pdf": b"x" * 9, "data/x.bin": b"x"})).problem or ""
    )


def test_zips_of_all_programs_are_read(tmp_path: Path) -> None:
    """Stored; deflated; written to a pipe, with the sizes after the data; with folders; with something in front."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.mkdir("hw")
        for name, data in GOOD.items():
            archive.writestr(name, data)

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in GOOD.items():
            archive.writestr(name, data)
    for number, content in enumerate([stored.getvalue(), pipe.content, b"#!/bin/sh\n" + packed(GOOD)]):
        assert len(read(tmp_path / str(number), content).files) == 2


@pytest.mark.parametrize("utf8", [True, False])
def test_names_in_other_alphabets_are_read(tmp_path: Path, utf8: bool) -> None:
    """As Windows writes them, and as macOS does: UTF-8 that does not say so."""
    content = bytearray(packed({f"תרגיל/{path}": data for path, data in GOOD.items()}))
    if not utf8:
        for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            place = content.find(mark)
            while place >= 0:
                content[place + at + 1] &= ~0x08
                place = content.find(mark, place + 1)
    assert len(read(tmp_path, bytes(content)).files) == 2
    assert {entry.name.split("/")[0] for entry in entries_of(bytes(content), tmp_path)} == {"תרגיל"}


NAMES = {
    "../evil.py": "an unsafe path", "hw/../../evil.py": "an unsafe path", "/etc/evil.py": "an absolute path",
    "C:/evil.py": "an absolute path", "hw\\evil.py": "a backslash", "..\\evil.py": "a backslash",
    "hw/a\nb.py": "invisible or control", "hw/a\0.py": "invisible or control", "hw/-rf": "begins with `-`",
    "hw/con": "reserves for a device", "hw/AUX.py": "reserves for a device", "hw/com1 .txt": "reserves for a device",
    f"hw/{'x' * 300}.py": "too long", "hw//cnn.py": "an unsafe path", "./hw/x.py": "an unsafe path",
    "d/" * 30 + "x.py": "nested folders", "hw/a\u202eyp.py": "invisible or control", "": "an unsafe path",
    "hw/\ud800.py": "invisible or control",
}  # fmt: skip


FOUL = ["../evil.py", "hw/../../evil.py", "/etc/evil.py", "C:/evil.py", "..\\evil.py", "hw//cnn.py", "x/./y.txt", ""]


@pytest.mark.parametrize("name", FOUL, ids=ascii)
def test_an_entry_with_an_unsafe_name_quarantines_the_zip(tmp_path: Path, name: str) -> None:
    """Refused, not repaired, and nothing is written anywhere."""
    found = read(tmp_path, made(*GOOD.items(), (name, b"x = 1")))
    assert "cannot be used: an " in (found.problem or "")
    assert not (tmp_path / "evil.py").exists()


HARMLESS = [name for name in NAMES if not set(NAMES[name].split()) & {"absolute", "unsafe", "backslash"}]


@pytest.mark.parametrize("name", [*HARMLESS, "hw/Icon\r", "aux.py"], ids=ascii)
def test_a_helper_with_a_name_that_no_machine_likes_is_left_aside(tmp_path: Path, name: str) -> None:
    """What is asked for is graded; a note tells of code or data of the package."""
    found = read(tmp_path, made(*GOOD.items(), (name.replace("\ud800", "\1"), b"x = 1")))
    assert (found.problem, sorted(found.files)) == (None, sorted(Path(name).name for name in GOOD))
    told = [note for note in found.notes if note.startswith("left aside: `hw/")]
    assert len(told) == (name.startswith("hw/") and name.endswith((".py", ".txt")))
    assert all(note.isprintable() for note in found.notes)


@pytest.mark.parametrize(
    "spelled",
    [
        lambda path: path.replace("/", "\\"),
        lambda path: f"./{path}",
        lambda path: f"home/ada/{'a b/' * 14}{path}",
        lambda path: f"Users/ada/Library/Mobile Documents/com~apple~CloudDocs/uni/{path}",
    ],
    ids=["PowerShell 5", "bsdtar", "zip -r", "iCloud"],
)
def test_names_are_read_as_programs_write_them(tmp_path: Path, spelled: Callable[[str], str]) -> None:
    """Backslashes between folders, a dot before everything, the path from the root on."""
    folders = [("./", b"")] if spelled("") == "./" else []
    found = read(tmp_path, made(*folders, *((spelled(path), data) for path, data in GOOD.items())))
    assert (found.problem, sorted(found.files)) == (None, sorted(Path(name).name for name in GOOD))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_what_is_wrong_with_a_name_is_said(name: str) -> None:
    """With its own message."""
    assert NAMES[name] in (name_problem(name) or "")


@pytest.mark.parametrize(
    "name", ["hw/cnn.py", "a b/ü.py", "hw/", "...x", "console.py", "תרגיל/10.30 \u202fPM.png", "a'b"]
)
def test_an_ordinary_name_is_fine(name: str) -> None:
    """Also in other alphabets, and with the spaces that macOS puts into names of screenshots."""
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("mode", "reason"),
    [(stat.S_IFLNK | 0o777, "a link"), (stat.S_IFIFO, "neither a file"), (stat.S_IFCHR, "neither a file")],
)
def test_an_entry_that_is_not_a_file_is_not_opened(tmp_path: Path, mode: int, reason: str) -> None:
    """A link's target is not even looked at; where it is in the place of what is asked for, a person looks."""
    found = read(tmp_path / "extra", made(*GOOD.items(), (called("hw/extra.py", mode), b"/etc/passwd")))
    assert len(found.files) == 2 and reason in found.notes[0]
    found = read(tmp_path / "wanted", made((called("hw/cnn.py", mode), b"/etc/passwd"), ("hw/training.py", b"")))
    assert f"`hw/cnn.py` cannot be used: {reason}" in (found.problem or "")


def test_modes_are_not_carried_over(tmp_path: Path) -> None:
    """A setuid bit does no harm."""
    assert len(read(tmp_path, made((called("hw/cnn.py", 0o106777), b""), ("hw/training.py", b""))).files) == 2


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "twins",
    [
        ("cnn.py", "cnn.py"),
        ("cnn.py", "CNN.py"),
        ("a/cnn.py", "A/y"),
        ("caf\u00e9.py", "cafe\u0301.py"),
        ("x", "x/y.py"),
    ],
)
def test_of_two_entries_that_some_system_takes_for_one_none_is_used(tmp_path: Path, twins: tuple[str, str]) -> None:
    """Which of them counts would depend on the machine: of what is asked for a person decides."""
    others = (each for each in GOOD.items() if "cnn.py" not in "".join(twins) or each[0] != "hw/cnn.py")
    found = read(tmp_path, made(*others, *((f"hw/{name}", bytes([n])) for n, name in enumerate(twins))))
    if "cnn.py" in twins[0]:
        assert "more than once, or under two spellings" in (found.problem or "")
    else:
        assert (found.problem, sorted(found.files)) == (None, sorted(Path(name).name for name in GOOD))


@given(st.text(max_size=8), st.text(max_size=8))
def test_folding_is_an_equivalence_that_knows_case_and_accents(first: str, second: str) -> None:
    """Folding twice changes nothing; upper and lower case of plain letters are one."""
    assert folded(folded(first)) == folded(first)
    if first.isascii():
        assert folded(first.upper()) == folded(first.lower())
    assert (folded(first) == folded(second)) or first != second


def test_a_bomb_is_refused_and_data_that_looks_like_one_is_not_unpacked(tmp_path: Path) -> None:
    """A thousand times its size; only what is asked for has to be in order."""
    for name in ("hw/cnn.py", "hw/data.bin", "hw/helper.py"):
        content = packed({**GOOD, name: b"\0" * (40 << 20)})
        assert len(content) < 60 << 10
        found = read(tmp_path / Path(name).name, content)
        assert ("too large" in (found.problem or "")) == (name == "hw/cnn.py")
        assert len(found.files) == 2 * (name != "hw/cnn.py")


def test_a_bomb_that_lies_about_its_size_is_stopped_on_the_way(tmp_path: Path) -> None:
    """The stream is counted, whatever the directory says."""
    content = packed({"hw/cnn.py": b"\0" * (64 << 20)})
    lie = content.replace(struct.pack("<I", 64 << 20), struct.pack("<I", 100))
    (entry,) = entries_of(lie, tmp_path)
    assert (entry.size, entry.problem) == (100, None)
    with pytest.raises(Unsafe, match="too large: 12 MiB and more out of 63 KiB"):
        list(entry.chunks(1 << 30))
    assert "`hw/cnn.py` cannot be used: too large: more than 1 MiB" in (read(tmp_path, lie).problem or "")


def test_a_module_above_the_limit_is_refused(tmp_path: Path) -> None:
    """Even where it is honest text."""
    assert "larger than 1 MiB" in (read(tmp_path, packed({"hw/cnn.py": bytes(range(256)) * 5000})).problem or "")


def test_too_many_files_are_left_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for is found among 25,000; only a directory without end is refused."""
    library = {f"hw/{n}.py": b"" for n in range(1001)}
    found = read(tmp_path / "library", packed({**library, **GOOD}))
    assert (found.problem, len(found.files)) == (None, FILES_CAP)
    assert {Path(name).name for name in GOOD} <= found.files.keys()
    assert any("more than 1000 .py files" in note for note in found.notes)
    data = packed({**{f"data/{n:05}.txt": b"" for n in range(25_000)}, **GOOD})
    assert len(read(tmp_path / "data", data).files) == 2
    monkeypatch.setattr(unpacking, "DIRECTORY_CAP", 1 << 20)
    assert "it lists too many files" in (read(tmp_path / "endless", data).problem or "")


def overlapping(count: int, *, flush: int = zlib.Z_FINISH, tail: bytes = b"") -> bytes:
    """A zip whose entries all have the same bytes, as the bombs that unpack to petabytes have."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"x = 1\n" * 100
    squeezed = kernel.compress(data) + kernel.flush(flush) + tail
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(data), len(squeezed), len(data), 6, 0)
    body = local + b"000.py" + squeezed
    directory = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, zlib.crc32(data), len(squeezed), len(data), 6,
                    0, 0, 0, 0, 0, 0) + f"{number:03}.py".encode()
        for number in range(count)
    )  # fmt: skip
    return body + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """One such entry is an ordinary zip, two are a bomb."""
    assert [entry.problem for entry in entries_of(overlapping(1), tmp_path)] == [None]
    assert {entry.problem for entry in entries_of(overlapping(3), tmp_path)} == {
        "it shares its bytes with another entry"
    }
    assert "shares its bytes" in (read(tmp_path, overlapping(50)).problem or "")


@pytest.mark.parametrize(("flush", "tail"), [(zlib.Z_FINISH, b"more"), (zlib.Z_SYNC_FLUSH, b"")])
def test_a_stream_that_does_not_end_where_it_should_is_damaged(tmp_path: Path, flush: int, tail: bytes) -> None:
    """Although everything that came out of it is right."""
    (entry,) = entries_of(overlapping(1, flush=flush, tail=tail), tmp_path)
    with pytest.raises(Unsafe, match="cut short, or goes on after its end"):
        list(entry.chunks(CAP))


def marked(content: bytes, flag: int) -> bytes:
    """The zip with a flag set in every header."""
    changed = bytearray(content)
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = changed.find(mark)
        while place >= 0:
            changed[place + at] |= flag
            place = changed.find(mark, place + 1)
    return bytes(changed)


def with_method(method: int) -> bytes:
    """A good zip packed another way."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in GOOD.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "`ada.zip`: it is empty (0 bytes)"),
        (packed(GOOD)[:-30], "`ada.zip`: it is damaged or cut short"),
        (packed(GOOD)[:60], "`ada.zip`: it is damaged or cut short"),
        (b"Rar!\x1a\7\1\0" + b"x" * 99, "`ada.zip`: it is a RAR archive, not a zip"),
        (b"7z\xbc\xaf\x27\x1c" + b"x" * 99, "`ada.zip`: it is a 7z archive, not a zip"),
        (b"print('hello')\n" * 9, "`ada.zip`: it is not a zip"),
        (marked(packed(GOOD), 1), "locked with a password"),
        (with_method(zipfile.ZIP_LZMA), "packed in a way that only some programs can read"),
        (with_method(zipfile.ZIP_BZIP2), "packed in a way that only some programs can read"),
        (packed({"mine/old.zip": packed(GOOD)}), "`mine/old.zip` cannot be opened here"),
        (packed({"mine/old.rar": b"x"}), "`mine/old.rar` cannot be opened here"),
    ],
    ids=lambda value: "zip" if isinstance(value, bytes) else value,  # a zip has the time in it
)
def test_a_zip_that_cannot_be_opened_is_quarantined_with_the_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    """The one beside it is read."""
    assert reason in (read(tmp_path, content).problem or "")


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """Anywhere in the packed bytes of a module."""
    content = packed({"hw/cnn.py": bytes(range(256)), "hw/training.py": b""})
    start = content.find(b"hw/cnn.py") + len("hw/cnn.py")
    for place in range(start, start + 40, 3):
        changed = bytearray(content)
        changed[place] ^= 4
        assert "damaged" in (read(tmp_path / str(place), bytes(changed)).problem or "")


def test_another_name_of_the_ending_is_opened_and_another_archive_is_not(tmp_path: Path) -> None:
    """`.ZIP` is a zip; what is not a zip but all there is needs a person; beside good work it is ignored."""
    assert len(read(tmp_path, packed(GOOD), "ada.ZIP").files) == 2
    lone = plan(put(tmp_path / "lone", {"ada/work.7z": b"7z"})).entries[0].read(MANIFEST, tmp_path / "work")
    assert lone.problem == "`work.7z` cannot be opened here; submit a zip, or the files themselves"
    both = plan(put(tmp_path / "both", {"ada/work.7z": b"7z", **{f"ada/{path}": data for path, data in GOOD.items()}}))
    found = both.entries[0].read(MANIFEST, tmp_path / "work")
    assert (len(found.files), found.notes) == (
        2,
        ("left aside: `work.7z`: only zips and tars are opened, and none inside another",),
    )


def test_zips_inside_a_platforms_zip_are_one_level(tmp_path: Path) -> None:
    """A student's zip in it is opened; a zip in that one is not."""
    (tmp_path / "d.zip").write_bytes(packed({"ada.zip": packed(GOOD), "bob.zip": packed({"x.zip": packed(GOOD)})}))
    ada, bob = plan(tmp_path / "d.zip").entries
    assert len(ada.read(MANIFEST, tmp_path / "work").files) == 2
    assert bob.read(MANIFEST, tmp_path / "work").problem is not None


def test_a_damaged_entry_of_a_platforms_zip_costs_only_itself(tmp_path: Path) -> None:
    """Locked, or with a flipped bit."""
    content = bytearray(packed({f"{id}/{path}": data for id in ("ada", "bob") for path, data in GOOD.items()}))
    place = content.find(b"ada/hw/cnn.py") + len("ada/hw/cnn.py")
    content[place + 2] ^= 1
    (tmp_path / "d.zip").write_bytes(content)
    ada, bob = (entry.read(MANIFEST, tmp_path / "work") for entry in plan(tmp_path / "d.zip").entries)
    assert "damaged" in (ada.problem or "")
    assert len(bob.files) == 2


@pytest.mark.parametrize("name", ["a\x1b[2J.py", "con.py", "-rf.py"])
def test_loose_files_beside_a_zip_are_no_part_of_the_package(tmp_path: Path, name: str) -> None:
    """Whatever they are called."""
    source = put(tmp_path / "class", {"ada/hw.zip": packed(GOOD), f"ada/{name}": b""})
    found = plan(source).entries[0].read(MANIFEST, tmp_path / "work")
    assert (found.problem, len(found.files)) == (None, 2)


@pytest.mark.parametrize("zipped", [False, True])
def test_the_package_counts_before_zips_beside_it(tmp_path: Path, zipped: bool) -> None:
    """The student's own submission committed beside it, the course's handout, a damaged one."""
    old = dict.fromkeys(GOOD, b"old")
    beside = {"hw2.zip": packed(old), "handout.zip": packed(old), "bad.zip": b"PK", "hw/old.zip": packed(old)}
    source = put(tmp_path / "class", {f"ada/{path}": data for path, data in {**GOOD, **beside}.items()})
    found = plan(zip_of(source, tmp_path / "d.zip") if zipped else source).entries[0].read(MANIFEST, tmp_path / "work")
    assert (found.problem, dict(found.files)) == (None, {Path(path).name: data for path, data in GOOD.items()})
    assert found.notes[0] == "left aside: `bad.zip`, `handout.zip` and `hw2.zip`: they lie beside the files themselves"


def test_of_two_zips_with_the_package_none_is_chosen(tmp_path: Path) -> None:
    """One that has nothing of it does not count, nor a damaged one beside a whole one."""
    zips = {"ada/a.zip": packed(GOOD), "ada/b.zip": packed({"notes.txt": b""}), "ada/c.zip": b"PK"}
    found = plan(put(tmp_path / "one", zips)).entries[0].read(MANIFEST, tmp_path / "work")
    assert (found.problem, len(found.files)) == (None, 2) and "`c.zip`: it is damaged" in found.notes[0]
    found = (
        plan(put(tmp_path / "two", {**zips, "ada/b.zip": packed(GOOD)})).entries[0].read(MANIFEST, tmp_path / "work")
    )
    assert "more than once" in (found.problem or "")


def test_a_zip_that_is_gone_is_our_trouble_and_one_that_became_a_link_a_problem_of_its_own(tmp_path: Path) -> None:
    """Between planning and reading; a folder that is gone is ours, too."""
    source = put(tmp_path / "class", {"ada.zip": packed(GOOD), "bob/cnn.py": b""})
    entry, folder = plan(source).entries
    shutil.rmtree(source / "bob")
    (source / "ada.zip").unlink()
    for each in (entry, folder):
        with pytest.raises(FileNotFoundError):
            each.read(MANIFEST, tmp_path / "work")
    (source / "ada.zip").symlink_to("/etc/passwd")
    assert (entry.read(MANIFEST, tmp_path / "work").problem or "").startswith("cannot be read")
