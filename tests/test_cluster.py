"""What a cluster is told and asked, without one: addresses, versions, and the assignment as it travels."""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from absent import grader
from tiny_course import Course

from grader.assignment.assignment import load_assignment
from grader.cluster import slurm
from grader.cluster.connection import Address
from grader.cluster.kept_submissions import KeptSubmissions
from grader.cluster.machine import Machine
from grader.cluster.sent_assignment import SentAssignment
from grader.cluster.slurm_config import SlurmConfig, read_config
from grader.core import extras
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.submission import SavedFigure, Submission
from grader.core.written import Written
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


SLURM = 'jobs = 2\nmemory = "4G"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('memory = "4G"', "jobs: is missing; write how many jobs, from 1 to 1000"),
        ("jobs = 2", "memory: is missing; write the memory of each job, such as"),
        ('jobs = "2"\nmemory = "4G"', "jobs: cannot be '2'; write how many jobs"),
        ('jobs = true\nmemory = "4G"', "jobs: cannot be True; write"),
        ('jobs = 0\nmemory = "4G"', "jobs: cannot be 0; write"),
        ('jobs = 2\nmemory = "4 GB"', "memory: cannot be '4 GB'; write the memory of each job, such as \"4G\""),
        (SLURM + 'wall_time = "1:00:00"', "wall_time: there is no such key; did you mean walltime?"),
        (SLURM + "x = 1", "x: there is no such key; there are jobs, cores, memory, "),
        (SLURM + "walltime = 02:00:00", 'walltime: cannot be datetime.time(2, 0); write a time such as "02:00:00"'),
        (SLURM + 'partition = "--wrap=id"', "partition: cannot be '--wrap=id'; write the name of a partition"),
        (SLURM + 'interface = "lo;id"', "interface: cannot be 'lo;id'; write the network"),
        (SLURM + 'python = "python3"', "python: cannot be 'python3'; write the absolute path of the Python"),
        (SLURM + 'log_directory = "/logs/%j"', "log_directory: cannot be '/logs/%j'; write an absolute path without %"),
        (SLURM + 'local_directory = "/tmp\\n"', "local_directory: cannot be "),
        (SLURM + 'options = ["--array=1-9"]', "options: cannot be ['--array=1-9']; write a list such as"),
        (SLURM + 'options = ["--qos=low\\nid"]', "options: cannot be "),
        (SLURM + 'options = "--qos=low"', "options: cannot be '--qos=low'; write a list such as [\"--qos=low\"]"),
        (SLURM + "jobs = 3", "not TOML ("),
    ],
)
def test_a_wrong_file_for_slurm_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    """The file, the key, what is wrong with it and what to write."""
    path = tmp_path / "slurm.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        read_config(path)
    assert str(refused.value).startswith(f"{path}: {words}") and "\n" not in str(refused.value)


def test_what_slurm_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All keys are read, and most have a default; without Slurm on this machine nothing begins."""
    path = tmp_path / "slurm.toml"
    with pytest.raises(UsageError, match=r"slurm\.toml: cannot be read \(No such file or directory\); name a file"):
        read_config(path)
    path.write_text(SLURM)
    assert read_config(path).python == sys.executable and read_config(path).slots == 2
    path.write_text(
        SLURM + 'cores = 4\nwalltime = "1-02:00:00"\noptions = ["--exclusive", "--qos=low"]\npython = "/a b"'
    )
    asked = read_config(path)
    assert (asked.slots, asked.walltime, asked.python) == (8, "1-02:00:00", "/a b")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="--cluster slurm: there is no sbatch here; run it where jobs are submitted"):
        slurm.SlurmJobs(asked, None).started(Level.ISOLATED, print).__enter__()


FAKE = """#!/bin/sh
printf '%s\\n' "${0##*/}" "$@" >> called
case "${0##*/}" in
sbatch) cat > script; [ ! -f refuses ] || { echo 'error: first' >&2; echo 'error: no such partition' >&2; exit 1; } ;;
squeue) head -n 1 states | tr ';' '\\n'; sed -i 1d states ;;
esac
"""


@pytest.mark.process
def test_jobs_are_submitted_watched_and_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All values arrive as they are; what Slurm says is told where it changes, and its refusal is one sentence."""
    for name in ("sbatch", "squeue", "scancel"):
        (tmp_path / name).write_text(FAKE)
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(slurm, "LOOK_SECONDS", 0)
    config = SlurmConfig(jobs=3, cores=2, memory="4G", python="/a b/$(python)", options=["--qos=low"])
    jobs = slurm._Jobs(config, tmp_path)
    jobs.submit("tls://10.0.0.1:1", Path("/certs"))
    called = (tmp_path / "called").read_text().splitlines()
    assert {"--array=1-3", "--cpus-per-task=2", "--mem=4G", "--qos=low", f"--job-name={jobs.name}"} <= {*called}
    run = shlex.split((tmp_path / "script").read_text().splitlines()[-1])
    assert run[:5] == ["exec", "/a b/$(python)", "-P", "-m", "distributed.cli.dask_worker"]
    assert run[run.index("--tls-key") + 1] == "/certs/cluster-key.pem"

    told: list[str] = []
    (tmp_path / "states").write_text("PENDING (Priority)\nPENDING (Priority)\nRUNNING vm;PENDING (Priority)\n")
    (tmp_path / f"{jobs.name}-1.log").write_text("first\n\x1b[2Jno module named grader\n")
    with pytest.raises(
        UsageError, match=r"all jobs ended without a worker \(\\x1b\[2Jno module named grader\); to keep"
    ):
        jobs.wait(lambda: False, told.append)
    start = "cluster: waiting for the first of 3 jobs of Slurm: "
    assert told == [f"{start}PENDING (Priority)", f"{start}PENDING (Priority), RUNNING vm"]
    jobs.wait(lambda: True, told.append)

    jobs.cancel()
    assert (tmp_path / "called").read_text().splitlines()[-2:] == ["scancel", f"--name={jobs.name}"]
    (tmp_path / "refuses").touch()
    with pytest.raises(UsageError, match=r"sbatch refused the jobs \(error: no such partition\); see --cluster-config"):
        jobs.submit("tls://10.0.0.1:1", Path("/certs"))


def test_a_digest_stands_for_a_whole_submission() -> None:
    """It changes with each part of a submission, and with where bytes lie, and is the same for the same."""
    one = Submission("ada", {"a.py": b"1", "b.py": b"2"}, figures=(SavedFigure(1, b"png"),))
    changes: list[dict[str, Any]] = [
        {"id": "bob"},
        {"files": {"a.py": b"1"}},
        {"files": {"a.py": b"2", "b.py": b"1"}},
        {"files": {"a.py": b"1"}, "given": {"b.py": b"2"}},
        {"notes": ("odd",)},
        {"problem": "none"},
        {"answers": {"essay": Written("text")}},
        {"figures": (SavedFigure(2, b"png"),)},
        {"figures": (SavedFigure(1, b"PNG"),)},
        {"place": "x"},
        {"missing": ("c.py",)},
        {"given": {"a.py": b"1"}},
        {"cells_as_given": frozenset({1})},
    ]
    assert {name for each in changes for name in each} == {field.name for field in fields(Submission)}
    assert len({one.digest, *(replace(one, **each).digest for each in changes)}) == len(changes) + 1
    assert replace(one, files=dict(one.files)).digest == one.digest


def test_a_worker_keeps_what_it_has_room_for() -> None:
    """What nobody has asked for longest goes first, and what is too large alone is not kept."""
    kept = KeptSubmissions(room=10)
    small = {name: Submission(name, {"a.py": b"12345"}) for name in "abc"}
    for name in "ab":
        kept.keep(name, small[name])
    kept.keep("b", small["b"])  # again: it takes no more room
    assert kept.get("a") == small["a"]
    kept.keep("c", small["c"])
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (small["a"], None, small["c"])
    kept.keep("large", Submission("large", {"a.py": b"1" * 11}))
    assert [kept.get(name) for name in ("a", "c", "large")] == [None, None, None]
    kept.keep("a", small["a"])
    assert kept.get("a") == small["a"]


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
        (
            grader(*asked[:3], "--cluster-config", "slurm.toml", without=(), folder=tmp_path),
            "--cluster-config: has no effect without --cluster",
        ),
    ]
    for done, words in refused:
        assert done.returncode == 2 and words in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "here").exists()
