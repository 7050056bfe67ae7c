"""Workers that are jobs of Slurm: submitted for one run, to a scheduler in this process, and ended with it.

The scheduler lives here so that it ends however this process does; a worker that has lost its scheduler ends, too.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.cluster.certificates import CERTIFICATE, KEY, make_certificates, security
from grader.cluster.connection import Address
from grader.cluster.slurm_config import SlurmConfig
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.text import counted, printable, some_of
from grader.sandbox.levels import refuse_shown

COMMAND_SECONDS = 60  # for Slurm to answer
LOOK_SECONDS = 3  # between two looks at jobs that have not started
STATES = 3  # of jobs, that are told at a time
DEATH_SECONDS = 60  # for a job that finds no scheduler, as its run is over
SHUT = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")


@dataclass(frozen=True, slots=True)
class SlurmJobs:
    """Which jobs to submit, and the folder with the certificate for them; None for one of their own."""

    config: SlurmConfig
    certificates: Path | None

    @contextmanager
    def started(self, level: Level, tell: Callable[[str], None]) -> Iterator[Address]:
        """The scheduler, from when the first of its workers is there. Raises `UsageError`."""
        for command in ("sbatch", "squeue", "scancel"):
            if not shutil.which(command):
                raise UsageError(f"--cluster slurm: there is no {command} here; run it where jobs are submitted")
        with ExitStack() as stack:
            folder = stack.enter_context(_private_folder(self.config))
            refuse_shown(level, folder)
            if self.certificates is None:
                make_certificates(folder)
            certificates = (self.certificates or folder).resolve()
            scheduler = stack.enter_context(_scheduler(certificates, self.config))
            jobs = _Jobs(self.config, folder)
            stack.callback(jobs.cancel)  # also what has been submitted where this was stopped meanwhile
            jobs.submit(scheduler.scheduler_address, certificates)
            jobs.wait(lambda: bool(scheduler.scheduler_info["workers"]), tell)
            yield Address(scheduler.scheduler_address, certificates)


class _Jobs:
    """The jobs of a run, which nothing else has the name of."""

    def __init__(self, config: SlurmConfig, folder: Path) -> None:
        self.name = f"grader-{uuid.uuid4().hex[:12]}"
        self._config = config
        self._folder = folder
        self._logs = Path(config.log_directory or folder)

    def submit(self, address: str, certificates: Path) -> None:
        """All of them at once. Raises `UsageError` where Slurm refuses them."""
        config = self._config
        pair = certificates / CERTIFICATE, certificates / KEY
        # No folder that others write to may be on a worker's path: `-P`, and `--chdir` below.
        worker = [
            config.python, "-P", "-m", "distributed.cli.dask_worker", address,
            "--nworkers", str(config.cores), "--nthreads", "1", "--memory-limit", "0", *SHUT,
            "--death-timeout", str(DEATH_SECONDS),
            "--tls-ca-file", str(pair[0]), "--tls-cert", str(pair[0]), "--tls-key", str(pair[1]),
        ]  # fmt: skip
        worker += ["--interface", config.interface] if config.interface else []
        worker += ["--local-directory", config.local_directory] if config.local_directory else []
        keys = {"time": config.walltime, "partition": config.partition, "account": config.account}
        done = _slurm(
            "sbatch", f"--job-name={self.name}", f"--array=1-{config.jobs}", "--ntasks=1",
            f"--cpus-per-task={config.cores}", f"--mem={config.memory}", f"--chdir={self._folder}",
            f"--output={self._logs}/{self.name}-%a.log",
            *(f"--{key}={value}" for key, value in keys.items() if value), *config.options,
            script=f"#!/bin/sh\nexec {shlex.join(worker)}\n",
        )  # fmt: skip
        if done.returncode:
            raise UsageError(f"--cluster slurm: sbatch refused the jobs ({_last(done.stderr)}); see --cluster-config")

    def wait(self, is_there: Callable[[], bool], tell: Callable[[str], None]) -> None:
        """Until one of them has brought a worker. Raises `UsageError` where all have ended before."""
        told = ""
        while not is_there():
            states = self._states()
            if not states and not is_there():
                raise UsageError(
                    f"--cluster slurm: all jobs ended without a worker ({self._said()}); to keep all that they say, "
                    "name a log_directory in --cluster-config"
                )
            if states and states != told:
                told = states
                tell(f"cluster: waiting for the first of {counted(self._config.jobs, 'job')} of Slurm: {told}")
            time.sleep(LOOK_SECONDS)

    def cancel(self) -> None:
        """End all of them; those that wait are never started."""
        with suppress(UsageError):
            _slurm("scancel", f"--name={self.name}")

    def _states(self) -> str:
        """What Slurm says of those that have not ended, which may also be that it cannot tell; empty where all have."""
        try:
            done = _slurm("squeue", "--noheader", f"--name={self.name}", "--format=%T %R")
        except UsageError as silence:
            return str(silence)
        return _last(done.stderr) if done.returncode else some_of(sorted({*done.stdout.splitlines()}), STATES)

    def _said(self) -> str:
        """The last line of any log."""
        for path in sorted(self._logs.glob(f"{self.name}-*.log")):
            with suppress(OSError):
                if text := path.read_text(errors="replace").strip():
                    return _last(text)
        return "without a word"


@contextmanager
def _private_folder(config: SlurmConfig) -> Iterator[Path]:
    """A folder for a run that all nodes see and only this user can read, in the home folder where none is named."""
    place = Path(config.shared_directory) if config.shared_directory else Path.home()
    if not place.is_dir():
        raise UsageError(f"--cluster-config: shared_directory: {place} is not a folder; make it")
    if config.log_directory and not Path(config.log_directory).is_dir():
        raise UsageError(f"--cluster-config: log_directory: {config.log_directory} is not a folder; make it")
    # A job that is being ended may still write its log.
    with tempfile.TemporaryDirectory(prefix=".grader-cluster-", dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()


@contextmanager
def _scheduler(certificates: Path, config: SlurmConfig) -> Iterator[Any]:
    """A `SpecCluster` without workers: Dask's scheduler, in a thread of this process."""
    from distributed import Scheduler, SpecCluster

    secure = security(certificates)
    options = {"protocol": "tls://", "security": secure, "interface": config.interface, "port": 0}
    shut = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    try:
        cluster = SpecCluster(
            workers={},
            scheduler={"cls": Scheduler, "options": {**options, **shut}},
            security=secure,
            silence_logs="CRITICAL",
        )
    except (RuntimeError, ValueError, OSError) as error:  # such as an interface that is not there
        why = printable(str(error).splitlines()[0])
        raise UsageError(f"--cluster slurm: no scheduler can be started ({why}); see --cluster-config") from None
    try:
        yield cluster
    finally:
        with suppress(OSError):
            cluster.close()


def _slurm(*command: str, script: str = "") -> subprocess.CompletedProcess[str]:
    """What one of Slurm's commands says; Ctrl-C does not reach it. Raises `UsageError` where it says nothing."""
    try:
        return subprocess.run(
            command, input=script, capture_output=True, text=True, errors="replace", timeout=COMMAND_SECONDS,
            check=False, start_new_session=True,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        why = "no answer" if isinstance(error, subprocess.TimeoutExpired) else error.strerror
        raise UsageError(f"--cluster slurm: {command[0]}: {why}; see whether Slurm runs") from None


def _last(text: str) -> str:
    """The last line of what a program said, fit to show."""
    lines = text.strip().splitlines()
    return printable(lines[-1], 200) if lines else "no reason given"
