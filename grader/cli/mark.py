"""`grader mark`: written answers marked by rubric, in a browser on this machine."""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.consoles import notice
from grader.cli.options import MarkerOption, ResultsArgument, login_name, sole_writer
from grader.core.errors import UsageError
from grader.core.text import counted

if TYPE_CHECKING:
    from grader.marking.desk import Desk


def mark(
    results: ResultsArgument,
    marker: MarkerOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on this machine; 0: any that is free.")] = 0,
) -> None:
    """Mark written answers by rubric in the browser, until Ctrl-C; then update the gradebook and all pages."""
    import uvicorn

    from grader.marking.desk import Desk
    from grader.marking.server import application

    desk = Desk(results, marker or login_name())
    if desk.dropped:
        notice.print(
            f"marks/{desk.marker}.jsonl: its last line was cut off, by a crash before it was stored; removed",
            style="yellow", markup=False,
        )  # fmt: skip
    token = secrets.token_urlsafe(24)
    with _listening(port) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/?token={token}"
        notice.print(f"marking as {desk.marker}: open {address}", markup=False, highlight=False, soft_wrap=True)
        notice.print("only this machine can; Ctrl-C ends", markup=False)
        config = uvicorn.Config(
            application(desk, token, lambda: renew(desk)),
            http="h11", ws="none", lifespan="off", log_level="warning", access_log=False, server_header=False,
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
    try:
        notice.print(renew(desk), markup=False)
    except UsageError as problem:  # who grades there renews all of it at the end
        notice.print(f"the scores are stored; totals and pages are as before: {problem}", style="yellow", markup=False)


def renew(desk: Desk) -> str:
    """Work out totals and pages anew, and say how many wait for points. Raises `UsageError`."""
    from grader.pages.write import settle_with_pages
    from grader.results.history import add_run, read_runs

    with sole_writer(desk.results):
        runs = read_runs(desk.results)
        decided, desk.has_decided = desk.has_decided, False
        book, short = settle_with_pages(desk.results)
        if decided:
            add_run(desk.results, runs, "mark", book, short)
    waiting = sum(bool(row.unscored) for row in book.rows)
    return f"totals and pages are renewed: {counted(len(book.rows), 'student')}, {waiting} of them without all points"


def _listening(port: int) -> socket.socket:
    """A socket that only this machine can reach. Raises `UsageError`."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise UsageError(f"--port {port}: cannot be used here ({error.strerror}); name another, or none") from None
