"""The entry point: every verb, and one clear line for every foreseen problem, never a traceback."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from grader.cli.audit import audit
from grader.cli.bundle import bundle
from grader.cli.check import check
from grader.cli.cluster import cluster
from grader.cli.consoles import err, out
from grader.cli.diff import diff
from grader.cli.doctor import doctor
from grader.cli.export import export
from grader.cli.grade import grade
from grader.cli.import_assets import import_assets
from grader.cli.intake import intake
from grader.cli.manual import manual
from grader.cli.mark import mark
from grader.cli.new import new
from grader.cli.notebook import notebook
from grader.cli.pack import pack
from grader.cli.regenerate import regenerate
from grader.cli.release import release
from grader.cli.show import show
from grader.cli.stubs import stubs
from grader.core import extras
from grader.core.errors import AuthorError, SandboxError, UsageError
from grader.core.text import visible
from grader.core.version import VERSION
from grader.core.without_collection import end_without_collection

TRACEBACK_CAP = 100_000

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
FOR_CLASSES = (check, pack, notebook, intake, grade, mark, show, diff, export)
FOR_AUTHORS = (new, stubs, regenerate, import_assets, audit, release, bundle)
for verb in (*FOR_CLASSES, *FOR_AUTHORS, doctor):
    app.command()(verb)
app.add_typer(manual, name="manual")
app.add_typer(cluster, name="cluster")


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"grader {VERSION}", highlight=False)
        raise typer.Exit


@app.callback()
def _grader(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version, and stop.")
    ] = False,
) -> None:
    """Autograding for PyTorch homework."""


def main() -> None:
    """Run the command line; every foreseen problem is one clear line, and a traceback means a mistake of ours."""
    end_without_collection()
    try:
        with extras.needed_by("grader"):
            app()
    except AuthorError as error:
        for problem in error.problems:
            _say(problem)
        sys.exit(2)
    except UsageError as error:
        _say(str(error))
        sys.exit(2)
    except OSError as error:
        _say(f"{error.filename or 'the system'}: {error.strerror}")
        sys.exit(3)
    except SandboxError as error:
        _say(f"the sandbox failed: {error}")
        sys.exit(3)
    except Exception:
        _say("the grader itself failed; please report it with these lines")
        print(visible(traceback.format_exc(), TRACEBACK_CAP), file=sys.stderr, end="")
        sys.exit(3)


def _say(problem: str) -> None:
    """On one line, which may quote a student's file name or what a room said."""
    err.print(visible(problem), style="red", markup=False, soft_wrap=True)
