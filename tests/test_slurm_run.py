"""A class graded by jobs of a real Slurm of one node, on loopback. Skipped where there is none, as in CI."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_slurm import NoSlurm, Slurm, slurm
from remote_class import grader, make_class, refused, results, running
from tiny_course import Course, eventually

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
pytestmark = [pytest.mark.long, pytest.mark.usefixtures("confined_here"), pytest.mark.timeout(1800)]

CPUS = 2


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """A Slurm for all tests."""
    try:
        with slurm(tmp_path_factory.mktemp("slurm"), CPUS) as made:
            yield made
    except NoSlurm as reason:
        pytest.skip(f"Slurm: {reason}")


@pytest.fixture(scope="module")
def graded_here(tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course with its class, graded here."""
    return make_class(tiny, tmp_path_factory.mktemp("here"))


@pytest.fixture
def course(node: Slurm, graded_here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it, where Slurm's commands are this node's; afterwards no job is left, and no key."""
    monkeypatch.setenv("SLURM_CONF", node.environment["SLURM_CONF"])
    (tmp_path / "shared").mkdir()
    yield Path(shutil.copytree(graded_here, tmp_path / "course"))
    assert eventually(node.is_idle, seconds=120), node.says("squeue")


def _grade(course: Path, **changed: object) -> tuple[str | Path, ...]:
    """The arguments that grade the class by three jobs where two can run, all else as `changed` says."""
    shared = course.parent / "shared"
    keys = {"jobs": 3, "memory": "1G", "interface": "lo", "partition": "grading", "shared_directory": str(shared)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in {**keys, **changed}.items()]
    (course / "slurm.toml").write_text("\n".join(lines))
    where = ("--cluster", "slurm", "--cluster-config", "slurm.toml")
    return ("grade", "assignments/tiny", "class", "--out", "remote", *where)


def test_jobs_of_slurm_grade_a_class(node: Slurm, course: Path) -> None:
    """All reports and grades are those of this machine. The key of the run goes with it, wherever it was.

    A job for which the node has no room takes no part, and never starts after the run.
    """
    spacious = course.parent / "shared by all; $(exit)"
    spacious.mkdir()
    done = grader(*_grade(course, shared_directory=str(spacious)), cwd=course)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cluster: waiting for the first of 3 jobs of Slurm: " in done.stdout
    assert "cluster: 3 submissions at a time" in done.stdout
    assert results(course / "remote") == results(course / "local")
    assert not [*spacious.rglob("*.pem")]


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_jobs_end_however_the_run_does(node: Slurm, course: Path, how: signal.Signals, code: int) -> None:
    """After Ctrl-C they are cancelled; of a killed run they end by themselves, as nobody talks to them. Both resume."""
    run = running(_grade(course, jobs=CPUS), course, until="public checks [2/8]")
    run.send_signal(how)
    said = run.communicate(timeout=600)[0]
    assert run.returncode == code, said
    assert how is signal.SIGKILL or not [*(course.parent / "shared").iterdir()]
    assert eventually(node.is_idle, seconds=180), node.says("squeue")
    assert len([*(course / "remote").glob("students/*/public.json")]) >= 2
    again = grader(*_grade(course, jobs=CPUS), cwd=course)
    assert again.returncode == 0, again.stdout + again.stderr
    assert results(course / "remote") == results(course / "local")


def test_what_slurm_refuses_is_one_sentence(node: Slurm, course: Path) -> None:
    """A partition that is not there, an interface, and a Python on the nodes that is none: nothing is graded."""
    nowhere = grader(*_grade(course, partition="nowhere"), cwd=course)
    refused(nowhere, "--cluster slurm: sbatch refused the jobs (", "nvalid partition")
    refused(grader(*_grade(course, interface="nonet0"), cwd=course), "no scheduler can be started (", "nonet0")
    broken = grader(*_grade(course, python="/nonexistent/python"), cwd=course)
    refused(broken, "all jobs ended without a worker (", "/nonexistent/python", "name a log_directory")
    assert not [*(course / "remote").glob("students/*/*.json"), *(course.parent / "shared").iterdir()]
