"""A Slurm of one node on this machine: Debian's munged, slurmctld and slurmd, started by hand and without systemd."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tiny_course import eventually

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
INSTALL = "apt-get install --no-install-recommends munge slurmctld slurmd slurm-client"
# No plugin below needs cgroups, but slurmd loads one for them all the same, and ends where it cannot: 22.05 does not
# know `CgroupPlugin=disabled` yet; `cgroup/v1` loads without systemd.
CONF = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4096 State=UNKNOWN
PartitionName=grading Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class NoSlurm(Exception):
    """Why there is none here."""


@dataclass
class Slurm:
    """One that runs."""

    environment: dict[str, str]

    def says(self, *command: str) -> str:
        """What one of its commands prints."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def is_idle(self) -> bool:
        """Whether no job waits, runs or is being ended."""
        return not self.says("squeue", "--noheader")


@contextlib.contextmanager
def slurm(folder: Path, cpus: int) -> Iterator[Slurm]:
    """A Slurm of one node with so many processors. Raises `NoSlurm`."""
    # Debian keeps daemons where not everybody's PATH leads.
    environment = {**os.environ, "SLURM_CONF": f"{folder}/slurm.conf", "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    absent = [each for each in NEEDED if not shutil.which(each, path=environment["PATH"])]
    if absent:
        raise NoSlurm(f"there is no {', '.join(absent)} here: {INSTALL}")
    for name in ("munge", "state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge/key"
    key.touch(0o600)
    key.write_bytes(os.urandom(1024))
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        ports = first.getsockname()[1], second.getsockname()[1]
    host = socket.gethostname().partition(".")[0]
    conf = CONF.format(folder=folder, host=host, ports=ports, user=getpass.getuser(), cpus=cpus)
    (folder / "slurm.conf").write_text(conf)
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
    places = [
        f"--{each}={folder}/munge/{each.split('-')[0]}" for each in ("socket", "pid-file", "log-file", "seed-file")
    ]
    started: list[subprocess.Popen[bytes]] = []
    made = Slurm(environment)
    try:
        for command in (
            ["munged", "--foreground", "--force", f"--key-file={key}", *places],
            ["slurmctld", "-D", "-i"],
            ["slurmd", "-D", "-N", host],
        ):
            if command[0] == "slurmctld":
                eventually((folder / "munge/socket").exists, seconds=30)
            with (folder / f"{command[0]}.log").open("wb") as said:
                started.append(subprocess.Popen(command, env=environment, stdout=said, stderr=said))
        if not eventually(lambda: _is_up(made, started), seconds=60):
            raise NoSlurm(f"it does not start here: {_last_words(folder)}")
        yield made
    finally:
        with contextlib.suppress(subprocess.SubprocessError):
            made.says("scancel", f"--user={getpass.getuser()}")
            eventually(made.is_idle, seconds=60)
        for process in reversed(started):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def _is_up(made: Slurm, started: list[subprocess.Popen[bytes]]) -> bool:
    if any(process.poll() is not None for process in started):
        return False
    with contextlib.suppress(subprocess.SubprocessError):
        return made.says("sinfo", "--noheader", "--format=%T").strip() == "idle"
    return False


def _last_words(folder: Path) -> str:
    """Of each daemon, the last line that it said."""
    said = {path.stem: path.read_text(errors="replace").strip().splitlines() for path in sorted(folder.glob("*.log"))}
    return "; ".join(f"{name}: {lines[-1]}" for name, lines in said.items() if lines)
