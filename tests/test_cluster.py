"""What a cluster is told and asked, without one: addresses, versions, and the assignment as it travels."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from absent import grader
from tiny_course import Course

from grader.assignment.assignment import load_assignment
from grader.cluster.connection import Address
from grader.cluster.machine import Machine
from grader.cluster.sent_assignment import SentAssignment
from grader.core import extras
from grader.core.errors import UsageError
from grader.grading.context import prepare

TEACHERS = Machine("0.1.0", "a", "3.11.7", "2.15.0", ("numpy 2.4.6", "torch 2.15.0"))


@pytest.mark.parametrize(
    ("url", "certificates", "words"),
    [
        ("tcp://10.0.0.1:8786", None, "without TLS"),
        ("tcp://scheduler:8786", Path("certs"), "without TLS"),
        ("tls://10.0.0.1:8786", None, "needs a certificate"),
        ("tls://10.0.0.1", Path("certs"), "is not an address; write tls://HOST:8786"),
        ("tls://10.0.0.1:port", Path("certs"), "is not an address"),
        ("tls://[::1:8786", Path("certs"), "is not an address"),
        ("inproc://1/2/3", None, "is not an address"),
        ("10.0.0.1:8786", Path("certs"), "is not an address"),
    ],
)
def test_an_address_that_others_could_use_is_refused(url: str, certificates: Path | None, words: str) -> None:
    """One sentence, before anything is connected."""
    with pytest.raises(UsageError, match=f"^--cluster .*{words}") as refused:
        Address.checked(url, certificates)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:8786"])
def test_on_this_machine_no_certificate_is_needed(url: str) -> None:
    """A scheduler on loopback may be without TLS; one with TLS keeps its certificates."""
    assert Address.checked(url, None) == Address(url, None)
    assert Address.checked("tls://127.0.0.1:1", Path("certs")) == Address("tls://127.0.0.1:1", Path("certs"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        (
            {"torch": "2.0.0", "packages": ("torch 2.0.0",)},
            "has torch 2.0.0 where the teacher's machine has 2.15.0; install the same on both",
        ),
        ({"grader": "0.0.9", "code": "b"}, "has grader 0.0.9 where the teacher's machine has 0.1.0;"),
        ({"python": "3.12.1"}, "has python 3.12.1 where"),
        ({"code": "b"}, "has other files of grader 0.1.0 than the teacher's machine;"),
        (
            {"packages": ("numpy 2.4.5", "torch 2.15.0")},
            "has other packages than the teacher's machine (only one has numpy 2.4.5, numpy 2.4.6);",
        ),
        ({"packages": ()}, "(only one has numpy 2.4.6, torch 2.15.0);"),
        ({"packages": ("a 1", "b 1")}, "(only one has a 1, b 1, numpy 2.4.6 and 1 more);"),
    ],
)
def test_a_worker_says_how_it_differs(changes: dict[str, str | tuple[str, ...]], words: str) -> None:
    """The first thing that verdicts depend on, in one sentence, and nothing where all is the same."""
    said = replace(TEACHERS, **changes).unlike(TEACHERS)  # type: ignore[arg-type]
    assert words in said and "\n" not in said
    assert bool(said) == bool(changes)


def test_this_machine_is_like_itself() -> None:
    """What is compared can be told here, and does not change from call to call."""
    assert Machine.here().unlike(Machine.here()) == ""
    assert len(Machine.here().packages) > 10


@pytest.mark.parametrize("assets", [".", "../../assets/tiny"])
def test_a_sent_assignment_grades_as_the_one_it_was_made_of(
    tiny_copy: Path, tmp_path: Path, assets: str, tiny: Course
) -> None:
    """All that verdicts and their keys depend on arrives, wherever the assets are; the reference solution does not."""
    home = tiny_copy / "assignments/tiny"
    if assets != ".":
        (home / assets).mkdir(parents=True)
        shutil.move(home / "expected", home / assets)
        manifest = home / "assignment.toml"
        manifest.write_text(manifest.read_text().replace("provided", f'assets = "{assets}"\nprovided', 1))
    here = load_assignment(home)
    sent = SentAssignment.of(here)
    there = load_assignment(sent.unpack(tmp_path / "worker"))
    before, after = (prepare(each, each.checks) for each in (here, there))
    assert after.provenance == before.provenance
    assert (after.judgements, after.versions) == (before.judgements, before.versions)
    written = {path.relative_to(tmp_path / "worker") for path in (tmp_path / "worker").rglob("*") if path.is_file()}
    assert len(written) == len(sent.own) + len(sent.of_assets)
    assert not any("solutions" in path.parts or path.name == "maths.py" for path in written)
    assert sent.digest == SentAssignment.of(there).digest != replace(sent, own={}).digest


def test_assets_anywhere_are_not_sent(tiny_copy: Path) -> None:
    """A worker has no such folder, and must not be made to write there."""
    manifest = tiny_copy / "assignments/tiny/assignment.toml"
    elsewhere = manifest.parent.resolve()
    manifest.write_text(manifest.read_text().replace("provided", f'assets = "{elsewhere}"\nprovided', 1))
    with pytest.raises(UsageError, match=r"assignment\.toml: assets: a cluster needs a path from the folder"):
        SentAssignment.of(load_assignment(manifest.parent))


@pytest.mark.process
def test_what_a_cluster_needs_is_one_sentence(tmp_path: Path) -> None:
    """The extra where it is not installed, and options that have no effect."""
    asked = ("grade", "tiny", "download", "--cluster", "tls://127.0.0.1:1", "--cluster-certs", "certs")
    cluster = extras.EXTRAS["cluster"]
    refused = [
        (grader(*asked, without=cluster, folder=tmp_path), "pip install 'torch-grader[cluster]'"),
        (grader("cluster", "certs", "here", without=cluster, folder=tmp_path), "pip install 'torch-grader[cluster]'"),
        (
            grader(*asked[:3], *asked[5:], without=(), folder=tmp_path),
            "--cluster-certs: has no effect without --cluster",
        ),
    ]
    for done, words in refused:
        assert done.returncode == 2 and words in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "here").exists()
