"""Tars that anybody may have made are read like zips, within the same limits, or refused with a reason."""

import gzip
import io
import os
import tarfile
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_class import MANIFEST, contents, only, work_of
from lms_downloads import put, zip_of

from grader.core.errors import UsageError
from grader.core.submission import Submission
from grader.core.text import is_hidden
from grader.files.tars import list_tar, plain_tar
from grader.files.tree import tar_tree, walk
from grader.files.zips import Unsafe
from grader.submissions.fingerprint import fingerprint
from grader.submissions.intake import plan

GOOD = {"hw/cnn.py": b"c = 1\n", "hw/training.py": b"t = 1\n" * 300}
CAP = 1 << 20
DIRECTORY = 1 << 20
KINDS = [tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE,
         tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE, tarfile.XGLTYPE,
         tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, b"Z"]  # fmt: skip


def entry(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    """An entry of any name and kind."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = "hw/cnn.py"
    for key, value in more.items():
        setattr(info, key, value)
    return info


def made(*entries: tuple[tarfile.TarInfo | str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of these entries, whatever they are called."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=form) as archive:
        for each, data in entries:
            info = each if isinstance(each, tarfile.TarInfo) else entry(each)
            info.size = info.size or len(data)
            archive.addfile(info, io.BytesIO(data) if info.isreg() and len(data) >= info.size else None)
    return content.getvalue()


def good(*more: tuple[tarfile.TarInfo | str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of a whole package, and of other entries behind it."""
    return made(*GOOD.items(), *more, form=form)


def read(tmp_path: Path, content: bytes, name: str = "ada.tar") -> Submission:
    """A student's tar as it is read, beside one of another that is read as well; nothing is left or put elsewhere."""
    source = put(tmp_path / "class", {name: content, "bob.tar": good()})
    before = sorted(path.name for path in tmp_path.iterdir())
    entries = {each.id: each for each in plan(source).entries}
    first, second = (entries[id].read(MANIFEST, tmp_path / "work") for id in ("ada", "bob"))
    assert len(second.files) == 2
    assert not list((tmp_path / "work").iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({*before, "work"})
    assert not (first.problem and first.files)
    assert not any(map(is_hidden, "".join((first.problem or "", *first.notes))))
    return first


@pytest.mark.parametrize("name", ["ada.tar", "ada.tar.gz", "ada.tgz", "ada.TAR.GZ"])
@pytest.mark.parametrize("packer", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_students_tar_is_opened(tmp_path: Path, name: str, packer: type[bytes], form: int) -> None:
    """Gzipped or not, whatever its name says of that."""
    found = read(tmp_path, packer(good(form=form)), name)
    assert dict(found.files) == {path.removeprefix("hw/"): data for path, data in GOOD.items()}


@pytest.mark.parametrize("around", ["zip", "folder"])
def test_a_tar_is_opened_where_zips_are(tmp_path: Path, around: str) -> None:
    """In a student's folder, and in the platform's zip; names begin with `./` where bsdtar made it."""
    content = gzip.compress(made((entry("./", tarfile.DIRTYPE), b""), *((f"./{name}", d) for name, d in GOOD.items())))
    source = put(tmp_path / "class", {"ada/my work.tar.gz": content, "ada/essay.pdf": b""})
    found = plan(zip_of(source, tmp_path / "d.zip") if around == "zip" else source)
    assert set(contents(found, tmp_path / "work")["ada"]) == {"cnn.py", "training.py"}


def test_another_tar_is_another_submission(tmp_path: Path) -> None:
    """Its content is looked at when it is asked whether anything has changed."""
    prints = set()
    for content in (good(), made(*work_of("x").items()), gzip.compress(good(), mtime=0)):
        source = put(tmp_path / "class", {"ada/hw.tgz": content})
        prints.add(fingerprint(only(plan(source)), MANIFEST))
    assert len(prints) == 3


def test_other_archives_and_a_class_in_a_tar_are_told_in_one_sentence(tmp_path: Path) -> None:
    """With what to do instead."""
    for name in ("work.7z", "work.rar", "work.tar.xz", "work.tar.bz2"):
        found = only(plan(put(tmp_path / name, {f"ada/{name}": b"x"}))).read(MANIFEST, tmp_path / "work")
        assert found.problem == f"`{name}` cannot be opened here; submit a zip, or the files themselves"
    (tmp_path / "class.tar.gz").write_bytes(gzip.compress(good()))
    with pytest.raises(UsageError, match="it is a gzip file, not a zip; name a folder of submissions"):
        plan(tmp_path / "class.tar.gz")


@pytest.mark.parametrize(
    ("info", "data", "reason"),
    [
        (entry("hw/cnn.py", tarfile.SYMTYPE, linkname="/etc/passwd"), b"", "a link"),
        (entry("hw/cnn.py", tarfile.LNKTYPE, linkname="../../etc/passwd"), b"", "a link"),
        (entry("hw/cnn.py", tarfile.CHRTYPE), b"", "neither a file nor a folder"),
        (entry("hw/cnn.py", tarfile.FIFOTYPE), b"", "neither a file nor a folder"),
        (entry("hw/cnn.py", b"Z"), b"", "neither a file nor a folder"),
        (entry("hw/cnn.py", pax_headers={"GNU.sparse.size": "9", "GNU.sparse.map": "0,1"}), b"x", "only some programs"),
        (entry("hw/cnn.py", size=1 << 40), b"", "damaged or cut short"),
        (entry("hw/CNN.py"), b"", "`hw/CNN.py` cannot be used: it is in the archive more than once"),
        (entry("hw/cnn.py"), b"", "`hw/cnn.py` cannot be used: it is in the archive more than once"),
        (entry("../hw/cnn.py"), b"", "an unsafe path"),
        (entry("/hw/x.txt"), b"", "an absolute path"),
    ],
    ids=lambda value: value.name + str(value.type) if isinstance(value, tarfile.TarInfo) else None,
)
def test_what_is_not_a_plain_file_at_a_safe_place_quarantines(
    tmp_path: Path, info: tarfile.TarInfo, data: bytes, reason: str
) -> None:
    """The rules are those of zips."""
    begin = [("hw/training.py", b"")] if "more than once" not in reason else list(GOOD.items())
    assert reason in (read(tmp_path, made(*begin, (info, data))).problem or "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty (0 bytes)"),
        (good()[:512], "damaged or cut short"),
        (good()[:3000], "damaged or cut short"),
        (good()[:1024], "damaged or cut short"),
        (b"print('hello')\n" * 99, "it is not a tar"),
        (gzip.compress(b"print('hello')\n" * 99), "it is not a tar"),
        (gzip.compress(good())[:-9], "cut short"),
        (gzip.compress(good())[:-8] + bytes(8), "cannot be unpacked"),
        (gzip.compress(good()) + b"more", "goes on after its end"),
        (gzip.compress(bytes(64 << 20)), "MiB and more out of 63 KiB"),
        (gzip.compress(good(("hw/zeros.bin", bytes(64 << 20)))), "MiB and more out of 63 KiB"),
    ],
    ids=range(11),
)
def test_a_tar_that_cannot_be_read_is_quarantined_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    """Cut anywhere, or a bomb; the one beside it is read."""
    assert reason in (read(tmp_path, content, "ada.tar.gz").problem or "")


def test_a_spoilt_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    """Nor is a file behind it lost in silence."""
    content = bytearray(good(("hw/more.py", b"")))
    place = content.find(b"hw/more.py")
    content[place] ^= 1
    assert "damaged or cut short" in (read(tmp_path, bytes(content)).problem or "")


def test_clutter_beside_a_package_in_a_tar_costs_nothing(tmp_path: Path) -> None:
    """Links in a virtual environment, a file that lies outside, a device; a note says what was left aside."""
    links = [(entry(name, tarfile.SYMTYPE), b"") for name in ("venv/bin/python", "hw/link.py")]
    found = read(tmp_path, good(("venv/lib/x.py", b""), *links, (entry("dev/null", tarfile.CHRTYPE), b"")))
    assert (len(found.files), found.notes) == (2, ("left aside: `hw/link.py`: a link",))


def sized(content: bytes, size: int) -> bytes:
    """The first header with another size, which may be negative, and its sum put right."""
    header = bytearray(content[:512])
    header[124:136] = (b"\x80" if size >= 0 else b"\xff") + (size % (1 << 88)).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + content[512:]


@pytest.mark.parametrize("size", [-1, -512, -1024, -(1 << 62), 1 << 62, 1 << 80])
@pytest.mark.parametrize("kind", KINDS)
def test_sizes_that_no_file_has_end_the_listing(tmp_path: Path, size: int, kind: bytes) -> None:
    """Negative ones would lead back to where the listing has been, for ever; large ones into memory."""
    first = made((entry("hw/cnn.py", kind), b""))
    path = tmp_path / "a.tar"
    path.write_bytes(sized(first, size) + bytes(2048))
    listed(path)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_headers_about_headers_have_an_end(tmp_path: Path, kind: bytes) -> None:
    """Thousands of them, one behind the other, or with megabytes of names."""
    one = made((entry("x", kind), b""))[:512]
    path = tmp_path / "deep.tar"
    path.write_bytes(one * 5000 + good())
    listed(path)
    long = made((entry("x", kind, size=512 << 10), b""))[:512] + b"a" * (512 << 10)
    path.write_bytes(long * 8 + good())
    tracemalloc.start()
    with pytest.raises(Unsafe):
        list_tar(path, directory_cap=DIRECTORY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


def listed(path: Path) -> list[bytes]:
    """Listing and reading a tar: files of at most what was read and allowed, or one reason."""
    before = path.read_bytes()
    try:
        tree = tar_tree(path, directory_cap=DIRECTORY)
        found = []
        for parts, node in walk(tree):
            if node.problem:
                continue
            assert ".." not in parts and not any("/" in part or "\0" in part for part in parts)
            try:
                found.append(b"".join(node.chunks(CAP)))
                assert len(found[-1]) == node.size <= CAP
                assert found[-1] in before
            except Unsafe as unsafe:
                assert str(unsafe)
        return found
    except Unsafe as unsafe:
        assert str(unsafe) and "\n" not in str(unsafe)
        return []


NAME = st.text(max_size=12) | st.sampled_from(
    ["hw/cnn.py", "./hw/cnn.py", "../x", "/etc/passwd", "a\0b", "C:\\x", "hw\\cnn.py", "", ".", "x" * 300, "hw/CNN.py"]
)
ENTRY = st.tuples(NAME, st.sampled_from(KINDS), st.integers(-5, 5), st.binary(max_size=600))
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(1, 255)), max_size=6)


@given(st.lists(ENTRY, max_size=6), CHANGES, st.none() | st.integers(0, 1 << 14), st.booleans())
def test_no_tar_gets_out_of_its_tree(
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[tuple[str, bytes, int, bytes]],
    changes: list[tuple[int, int]],
    cut: int | None,
    fixed: bool,
) -> None:
    """Of any names, kinds and sizes, with bytes changed, also with sums put right, and cut: a tree or a reason."""
    content = bytearray(b"".join(_raw(*each) for each in entries) + bytes(1024))
    for place, bits in changes:
        content[place % len(content)] ^= bits
    for start in range(0, len(content) - 511, 512) if fixed else ():
        header = content[start : start + 512]
        if any(header):
            header[148:156] = b" " * 8
            content[start + 148 : start + 156] = b"%06o\0 " % (sum(header) % (1 << 18))
    path = tmp_path_factory.mktemp("tar") / "a.tar"
    path.write_bytes(content if cut is None else content[: cut % (len(content) + 1)])
    listed(path)


def _raw(name: str, kind: bytes, more: int, data: bytes) -> bytes:
    """A header as it may be, and data behind it; the size may be wrong."""
    header = bytearray(512)
    header[:100] = name.encode(errors="replace")[:100].ljust(100, b"\0")
    header[100:108] = b"0000644\0"
    size = len(data) + more
    header[124:136] = b"%011o\0" % size if size >= 0 else b"\xff" * 12
    header[156:157] = kind
    header[257:265] = b"ustar\x0000"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data.ljust(-(-len(data) // 512) * 512, b"\0")


@given(st.binary(max_size=4000), CHANGES)
def test_no_gzip_file_is_more_than_it_may_be(data: bytes, changes: list[tuple[int, int]]) -> None:
    """With bytes changed: the same bytes, or a reason."""
    content = bytearray(gzip.compress(data, mtime=0))
    for place, bits in changes:
        content[place % len(content)] ^= bits
    try:
        blocks: Iterable[bytes] = (bytes(content[at : at + 100]) for at in range(0, len(content), 100))
        out = b"".join(plain_tar(blocks, CAP))
        assert out == data or not content.startswith(b"\x1f\x8b") or len(out) <= CAP
    except Unsafe as unsafe:
        assert str(unsafe)


def test_what_is_behind_the_end_of_a_gzip_file_is_not_gathered() -> None:
    """Megabytes that say nothing."""
    blocks = [gzip.compress(b"x"), *[os.urandom(1 << 16)] * 2000]
    tracemalloc.start()
    with pytest.raises(Unsafe, match="goes on after its end"):
        list(plain_tar(blocks, 1 << 30))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
