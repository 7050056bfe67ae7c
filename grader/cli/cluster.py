"""`grader cluster`, and what `grader grade --cluster` needs: whose machines grade a class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    from grader.grading.session import Session

cluster = typer.Typer(help="Grade on the workers of a Dask cluster: `grader grade --cluster`.", no_args_is_help=True)
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="tls://HOST:PORT", help="Run the checks on the workers of this Dask cluster; -j is theirs."
    ),
]
CertificatesOption = Annotated[
    Path | None, typer.Option("--cluster-certs", help="The folder that `grader cluster certs` made for the cluster.")
]


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


def scheduler(url: str | None, certificates: Path | None, choice: Choice) -> Address | None:
    """The scheduler that is asked for, if any. Raises `UsageError`."""
    if url is None:
        if certificates:
            raise UsageError("--cluster-certs: has no effect without --cluster; name the scheduler too")
        return None
    extras.require("grader grade --cluster", *extras.EXTRAS["cluster"])
    from grader.cluster.connection import Address

    if choice is Choice.SEPARATE:
        raise UsageError(
            "--cluster: workers that give only the sandbox level separate are refused; leave out --sandbox"
        )
    return Address.checked(url, certificates)


@contextmanager
def graders(session: Session, address: Address | None, jobs: int) -> Iterator[Graders]:
    """The workers of the cluster, or this machine with so many jobs. Raises `UsageError`."""
    if address is None:
        yield Graders(session, session.fitting(jobs))
        return
    from grader.cluster.cluster_session import ClusterSession

    with ClusterSession.on(session, address) as remote:
        slots = remote.workers.slots
        out.print(f"cluster: {counted(slots, 'submission')} at a time", style="dim", markup=False, highlight=False)
        yield Graders(remote, slots)
