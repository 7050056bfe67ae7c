"""What student code has read of the files that every room shows is forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from residency import PAGE, resident
from tiny_course import look

from grader.sandbox import page_cache
from grader.sandbox.folder_room import FolderRoom
from grader.sandbox.page_cache import evict
from grader.sandbox.room import room_arguments, shown
from grader.sandbox.sandbox import Sandbox

READS = """
from pathlib import Path

def look():
    return {{"read": len(Path({path!r}).read_bytes())}}
"""


def kept_on_disk(path: Path) -> Path:
    """A file of 64 pages that are in memory, and on the disk: only then the kernel can let go of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(os.urandom(64 * PAGE))
        file.flush()
        os.fsync(file.fileno())
    if sum(resident(path)) != 64:
        pytest.skip("this file system keeps its files elsewhere than in the page cache")
    return path


@pytest.fixture
def not_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The kernel's own switch cannot be written."""
    monkeypatch.setattr(page_cache, "DROP_CACHES", tmp_path / "absent")


@pytest.mark.usefixtures("not_root")
def test_files_at_and_below_what_is_shown_are_evicted(tmp_path: Path) -> None:
    """Each regular file, however deep; no link is followed, and a pipe keeps nobody waiting."""
    probe = kept_on_disk(tmp_path / "probe")
    os.posix_fadvise(descriptor := os.open(probe, os.O_RDONLY), 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
    if any(resident(probe)):
        pytest.skip("this file system lives in memory")
    alone, deep = kept_on_disk(tmp_path / "alone"), kept_on_disk(tmp_path / "shown/a/b/deep")
    elsewhere = kept_on_disk(tmp_path / "elsewhere/file")
    (tmp_path / "shown/link").symlink_to(elsewhere)
    (tmp_path / "shown/folder").symlink_to(elsewhere.parent)
    os.mkfifo(tmp_path / "shown/pipe")
    assert evict([alone, tmp_path / "shown", tmp_path / "gone"]) == "2 files that rooms show"
    assert [sum(resident(path)) for path in (alone, deep, elsewhere)] == [0, 0, 64]


def test_root_has_the_kernel_forget_all_files_and_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the switch for that, without a look at any file."""
    switch = tmp_path / "drop_caches"
    switch.touch()
    monkeypatch.setattr(page_cache, "DROP_CACHES", switch)
    assert evict([tmp_path / "absent"]) == "all files"
    assert switch.read_bytes() == b"3"


@pytest.mark.usefixtures("not_root")
def test_what_student_code_has_read_is_forgotten(shut_in: Sandbox, tmp_path: Path) -> None:
    """A file of torch's that no process maps: in memory once a check has read it, and not after the eviction."""
    file = Path(torch.__file__).with_name("_torch_docs.py")
    if os.geteuid() not in (0, file.stat().st_uid):
        pytest.skip("the kernel tells nobody but a file's owner what of it is in memory")
    evict([file])
    if any(resident(file)):
        pytest.skip("this file system lives in memory")
    look(shut_in, tmp_path, READS.format(path=str(file)))
    assert any(resident(file))
    evict([file.parent])
    assert not any(resident(file))


@pytest.mark.process
def test_all_that_rooms_show_is_known() -> None:
    """What bubblewrap binds and what Landlock opens lies in it, the room's own files and devices apart."""
    arguments = room_arguments(scratch=1)
    bound = [arguments[at + 1] for at, each in enumerate(arguments) if each.startswith("--ro-bind")]
    room = FolderRoom({})
    room.remove()
    opened = [path for path in room.reach.read if path != str(room.root) and Path(path).exists()]
    assert {"/usr", "/etc/ld.so.cache"} <= set(bound) & set(opened)
    for path in (*bound, *opened):
        assert any(Path(path).resolve().is_relative_to(each.resolve()) for each in shown()), path
