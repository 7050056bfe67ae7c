"""Where the command line speaks: what is said by the way, what a person must read, and results for programs.

    out       what is being done, and tables; nothing with --quiet
    notice    problems, and the last line
    err       why a command ends

With --json the first two go to standard error, so that nothing but the result is on standard output.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

out = Console()
notice = Console()
err = Console(stderr=True)

QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="Print only problems and the last line.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="List everybody, where else a few are named.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, all else to standard error.")]


def speak(*, quiet: bool, as_json: bool) -> None:
    """Speak as a command's options say."""
    out.quiet = quiet
    out.stderr = notice.stderr = as_json


def print_json(value: Any) -> None:
    """Print a result for programs: in ASCII, so that nothing in it moves a cursor."""
    sys.stdout.write(json.dumps(value, indent=1) + "\n")
