"""A class on a real Dask cluster: a scheduler and workers as processes of their own on loopback, with TLS."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from remote_class import CLASS, command, grader, make_class, refused, results, running
from tiny_course import Course, descendants, eventually

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
pytestmark = [pytest.mark.long, pytest.mark.usefixtures("confined_here"), pytest.mark.timeout(1800)]

OTHER_TORCH = 'import torch\ntorch.__version__ = "2.0.0"\n'
# What no submission can do from its room: here it stands for a bug of ours, or a kernel that kills.
DIES_OF_DEE = """
import os
from grader.grading.session import Session

def dies(self, submission, *, public=Session.public, **how):  # Dask loads this more than once
    if submission.id == "dee":
        os._exit(1)
    return public(self, submission, **how)

Session.public = dies
"""


@dataclass
class Cluster:
    """A scheduler with its workers, and the folder with their certificate, their logs and their scratch."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str | Path, log: str) -> subprocess.Popen[bytes]:
        """Start one of Dask's commands, with the certificate of `folder`."""
        certificate, key = self.folder / "certs/cluster.pem", self.folder / "certs/cluster-key.pem"
        shut = ("--tls-ca-file", certificate, "--tls-cert", certificate, "--tls-key", key,
                "--no-dashboard", "--dashboard-address", "127.0.0.1:0")  # fmt: skip
        with (self.folder / log).open("wb") as said:
            process = subprocess.Popen(command("dask", *arguments, *shut), stdout=said, stderr=said, cwd=self.folder)
        self.processes.append(process)
        return process

    def scheduler(self) -> None:
        """Start the scheduler at a free port."""
        place = self.folder / "scheduler.json"
        self.start("scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", "0",
                   "--scheduler-file", place, log="scheduler.log")  # fmt: skip
        assert eventually(place.exists, seconds=500), (self.folder / "scheduler.log").read_text()
        self.address = json.loads(place.read_bytes())["address"]

    def worker(self, *, preload: str = "", nanny: bool = False) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, and wait until the scheduler has it."""
        log = f"worker{len(self.processes)}.log"
        more: list[str | Path] = []
        if preload:
            (self.folder / "preload.py").write_text(preload)
            more = ["--preload", self.folder / "preload.py"]
        process = self.start(
            "worker", self.address, "--nthreads", "1", "--memory-limit", "0", "--local-directory", self.folder,
            "--nanny" if nanny else "--no-nanny", *more, log=log,
        )  # fmt: skip
        registered = lambda: b"Registered to" in (self.folder / log).read_bytes()  # noqa: E731
        assert eventually(registered, seconds=500), (self.folder / log).read_text()
        return process

    def grade(self, course: Path, out: str) -> tuple[str | Path, ...]:
        """The arguments that grade the class here."""
        where = ("--cluster", self.address, "--cluster-certs", self.folder / "certs")
        return ("grade", "assignments/tiny", "class", "--out", out, *where)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    assert grader("cluster", "certs", "certs", cwd=folder).returncode == 0
    made = Cluster(folder)
    made.scheduler()
    yield made
    for process in reversed(made.processes):
        process.terminate()
    for process in made.processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def graded_here(tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course with its class, graded here."""
    return make_class(tiny, tmp_path_factory.mktemp("here"))


@pytest.fixture
def course(graded_here: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(graded_here, tmp_path / "course"))


def test_a_killed_worker_costs_nobody_anything(cluster: Cluster, course: Path) -> None:
    """Of two workers one is killed while the class is graded: all reports and grades are those of this machine.

    The other one has ended everything of ours when the run is over, and a second run keeps every report.
    """
    killed, other = cluster.worker(), cluster.worker()
    run = running(cluster.grade(course, "remote"), course, until="public checks [1/8]")
    killed.kill()
    said = run.communicate(timeout=900)[0]
    assert run.returncode == 0, said
    assert results(course / "remote") == results(course / "local")
    assert eventually(lambda: not descendants(other.pid), seconds=60)
    assert not [*cluster.folder.glob(f"**/grader-*/**/{course.name}")]
    again = grader(*cluster.grade(course, "remote"), cwd=course)
    assert "kept: 8 submissions for which nothing has changed" in again.stdout


def test_who_does_not_fit_is_one_sentence(cluster: Cluster, course: Path, tmp_path: Path) -> None:
    """No worker, no certificate or another one, and a worker with another torch: nothing is graded."""
    grade = cluster.grade(course, "remote")
    refused(grader(*grade, cwd=course), "it has no workers; start some with `dask worker`")
    refused(grader(*grade[:-2], cwd=course), "needs a certificate; name the folder of `grader cluster certs`")
    refused(grader(*grade[:-1], tmp_path, cwd=course), "cluster.pem: is not there")
    assert grader("cluster", "certs", "others", cwd=tmp_path).returncode == 0
    others = grader(*grade[:-1], tmp_path / "others", cwd=course)
    refused(others, "the scheduler has another certificate")
    cluster.worker()
    cluster.worker(preload=OTHER_TORCH)
    refused(grader(*grade, cwd=course), "--cluster: worker tls://127.0.0.1:", "has torch 2.0.0 where the teacher's")
    assert not [*(course / "remote").glob("students/*/*.json")]


def test_who_kills_workers_is_set_aside(cluster: Cluster, course: Path) -> None:
    """After two workers are lost over a submission it is unfinished, never a zero; all others have their reports."""
    cluster.worker(preload=DIES_OF_DEE, nanny=True)
    cluster.worker(preload=DIES_OF_DEE, nanny=True)
    done = grader(*cluster.grade(course, "remote"), cwd=course)
    assert done.returncode == 3, done.stdout + done.stderr
    remote, local = results(course / "remote"), results(course / "local")
    assert {name for name in CLASS if remote[name] != local[name]} == {"dee"}
    (row,) = (line for line in remote["grades"].splitlines() if line.startswith("dee,"))
    assert "UNFINISHED" in row
    verdicts = remote["dee"]["verdicts"]
    assert all(each["outcome"] == "GRADER_ERROR" and "2 workers ended" in each["message"] for each in verdicts)
    logs = "".join(path.read_text() for path in cluster.folder.glob("worker*.log"))
    assert logs.count("Restarting worker") == 2


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_stopped_run_resumes(cluster: Cluster, course: Path, how: signal.Signals, code: int) -> None:
    """Ctrl-C ends what runs on the workers; after it, and after a kill, the next run finds what was finished."""
    worker = cluster.worker()
    run = running(cluster.grade(course, "remote"), course, until="public checks [2/8]")
    run.send_signal(how)
    said = run.communicate(timeout=600)[0]
    assert run.returncode == code, said
    assert how is signal.SIGKILL or eventually(lambda: not descendants(worker.pid), seconds=60)
    halves = [*(course / "remote").glob("students/*/public.json")]
    assert len(halves) >= 2
    again = grader(*cluster.grade(course, "remote"), cwd=course)
    assert again.returncode == 0, again.stderr
    assert results(course / "remote") == results(course / "local")


HOLDS = """
import sys
from distributed import Client, Lock, Security
address, certificate, key = sys.argv[1:]
who = Security(tls_ca_file=certificate, tls_client_cert=certificate, tls_client_key=key, require_encryption=True)
with Client(address, security=who):
    assert Lock("grader").acquire(timeout=5)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_cluster_grades_for_one_run_at_a_time(cluster: Cluster, course: Path) -> None:
    """A run is refused as long as another one has the cluster, and says what it waits for."""
    cluster.worker()
    pair = (cluster.folder / "certs/cluster.pem", cluster.folder / "certs/cluster-key.pem")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, cluster.address, *pair], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        asked = grader(*cluster.grade(course, "remote"), cwd=course)
        refused(asked, "it grades for another run; wait for its end")
        assert "cluster: another run has it, or was killed; waiting up to 60 s for its hold to end" in asked.stdout
    finally:
        holder.communicate(timeout=30)
    assert not [*(course / "remote").glob("students/*/*.json")]


def test_a_key_is_its_owners(tmp_path: Path) -> None:
    """Only the user can read the pair, and it is never replaced."""
    assert grader("cluster", "certs", "certs", cwd=tmp_path).returncode == 0
    made = {path.name: (path.stat().st_mode & 0o777, path.read_bytes()) for path in (tmp_path / "certs").iterdir()}
    assert {name: mode for name, (mode, _) in made.items()} == {"cluster.pem": 0o600, "cluster-key.pem": 0o600}
    refused(grader("cluster", "certs", "certs", cwd=tmp_path), "cluster-key.pem: is there already")
    assert all((tmp_path / "certs" / name).read_bytes() == content for name, (_, content) in made.items())


FAILS = """
from grader.cluster.host import Host

tried = []

def fails(self, question, submission=Host.submission):
    found = submission(self, question)
    tried.append(found.id)
    if found.id == "gus" or found.id == "dee" and tried.count("dee") == 1:
        raise UnboundLocalError("as seen once in 20,000 questions")
    return found

if Host.submission.__name__ != "fails":
    Host.submission = fails
"""


def test_where_dask_fails_it_is_asked_once_more(cluster: Cluster, course: Path) -> None:
    """An error of its own is tried again; twice, and the submission is unfinished."""
    cluster.worker(preload=FAILS)
    done = grader(*cluster.grade(course, "remote"), cwd=course)
    assert done.returncode == 3, done.stdout + done.stderr
    remote, local = results(course / "remote"), results(course / "local")
    assert {name for name in CLASS if remote[name] != local[name]} == {"gus"}
    assert all("Dask failed (tls://" in each["message"] for each in remote["gus"]["verdicts"])


COUNTS = """
from grader.cluster.host import Host

def counts(self, question, submission=Host.submission):
    print(f"asked {question.ask}, {'sent' if question.submission else 'known'}", flush=True)
    if question.ask == "hidden" and question.report.submission_id == "dee" and not question.submission:
        return None  # as where the worker was restarted
    return submission(self, question)

if Host.submission.__name__ != "counts":
    Host.submission = counts
"""


def test_a_submission_travels_once_to_a_worker(cluster: Cluster, course: Path) -> None:
    """In the second phase its digest is enough, but where the worker no longer has it: then it is sent again."""
    cluster.worker(preload=COUNTS)
    done = grader(*cluster.grade(course, "remote"), cwd=course)
    assert done.returncode == 0, done.stdout + done.stderr
    assert results(course / "remote") == results(course / "local")
    (log,) = cluster.folder.glob("worker*.log")
    asked = Counter(line for line in log.read_text().splitlines() if line.startswith("asked"))
    assert asked == {"asked public, sent": 8, "asked hidden, known": 8, "asked hidden, sent": 1}
