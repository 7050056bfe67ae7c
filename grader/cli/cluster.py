"""`grader cluster`, and what `grader grade --cluster` needs: whose machines grade a class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from grader.cli.consoles import JsonOption, QuietOption, notice, out, print_json, speak
from grader.cli.options import Choice
from grader.core import extras
from grader.core.errors import UsageError
from grader.core.text import counted

if TYPE_CHECKING:
    from grader.cluster.connection import Address
    from grader.cluster.slurm import SlurmJobs
    from grader.grading.session import Session

cluster = typer.Typer(help="Grade on the workers of a Dask cluster: `grader grade --cluster`.", no_args_is_help=True)
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="tls://HOST:PORT|slurm",
        help="Run the checks on the workers of this Dask cluster, or on those that jobs of Slurm bring; -j is theirs.",
    ),
]
CertificatesOption = Annotated[
    Path | None, typer.Option("--cluster-certs", help="The folder that `grader cluster certs` made for the cluster.")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--cluster-config", help="A TOML file that says which jobs `--cluster slurm` submits.")
]
SLURM = "slurm"


@cluster.callback()
def _cluster() -> None:
    """Grade on the workers of a Dask cluster: `grader grade --cluster`."""


@cluster.command("certs")
def cluster_certs(
    folder: Annotated[Path, typer.Argument(help="The folder to write them into.")],
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the certificate of a cluster, and its key: for its scheduler, its workers and yourself."""
    extras.require("grader cluster certs", *extras.EXTRAS["cluster"])
    from grader.cluster.certificates import make_certificates

    speak(quiet=quiet, as_json=as_json)
    made = make_certificates(folder)
    notice.print(
        f"wrote {', '.join(map(str, made))}: for a year; the key lets anyone who has it run code on all of the cluster",
        markup=False,
    )
    if as_json:
        print_json({"wrote": [str(path) for path in made]})


class Graders(NamedTuple):
    """What runs the checks of a class, and how many submissions at a time."""

    session: Session
    jobs: int


def workers(
    cluster: str | None, certificates: Path | None, config: Path | None, choice: Choice
) -> Address | SlurmJobs | None:
    """Whose workers are asked for, if any. Raises `UsageError`."""
    if cluster is None:
        for option, given in (("--cluster-certs", certificates), ("--cluster-config", config)):
            if given:
                raise UsageError(f"{option}: has no effect without --cluster; name the scheduler too")
        return None
    if config and cluster != SLURM:
        raise UsageError("--cluster-config: has no effect with a scheduler that is there; write --cluster slurm")
    extras.require("grader grade --cluster", *extras.EXTRAS["cluster"])
    from grader.cluster.connection import Address

    if choice is Choice.SEPARATE:
        raise UsageError(
            "--cluster: workers that give only the sandbox level separate are refused; leave out --sandbox"
        )
    if cluster != SLURM:
        return Address.checked(cluster, certificates)
    from grader.cluster.slurm import SlurmJobs
    from grader.cluster.slurm_config import read_config

    if config is None:
        raise UsageError("--cluster slurm: needs --cluster-config FILE, which says what jobs to submit; write one")
    return SlurmJobs(read_config(config), certificates)


@contextmanager
def graders(session: Session, asked: Address | SlurmJobs | None, jobs: int) -> Iterator[Graders]:
    """The workers of the cluster, or this machine with so many jobs. Raises `UsageError`."""
    if asked is None:
        yield Graders(session, session.fitting(jobs))
        return
    from grader.cluster.cluster_session import ClusterSession
    from grader.cluster.slurm import SlurmJobs

    with ExitStack() as stack:
        slots = 0
        if isinstance(asked, SlurmJobs):  # those that are not there yet take part as soon as they are
            slots = asked.config.slots
            asked = stack.enter_context(asked.started(session.sandbox.level, _tell))
        remote = stack.enter_context(ClusterSession.on(session, asked, _tell))
        slots = slots or remote.workers.slots
        _tell(f"cluster: {counted(slots, 'submission')} at a time")
        yield Graders(remote, slots)


def _tell(line: str) -> None:
    out.print(line, style="dim", markup=False, highlight=False)
