"""Files of expected values that still hold, though the check or the reference has changed since they were written.

confirmed.json    {check: {"file": digest of its file, "digest": of the check, "reference": of the reference}}

It lies beside the files. So a change of the reference rewrites those of which values have changed, and this one file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.core.errors import AuthorError
from grader.files.atomic import write_whole

CONFIRMED = "confirmed.json"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The digest of a file, and those of the check and the reference for which its values were found again."""

    file: str
    digest: str
    reference: str


def read_confirmed(folder: Path) -> dict[str, Confirmed]:
    """What is confirmed of the files in a folder, by the names of their checks. Raises `AuthorError` on damage."""
    path = folder / CONFIRMED
    try:
        return {name: Confirmed(**each) for name, each in json.loads(path.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        problem = f"{path}: damaged ({type(error).__name__}); delete it, then run `grader regenerate` again"
        raise AuthorError([problem]) from None


def write_confirmed(folder: Path, confirmed: Mapping[str, Confirmed]) -> None:
    """Write it where it says anything else than now; without anything to say there is no file."""
    path = folder / CONFIRMED
    lines = (f"{json.dumps(name)}: {json.dumps(asdict(each))}" for name, each in sorted(confirmed.items()))
    content = ("{\n" + ",\n".join(lines) + "\n}\n").encode() if confirmed else b""
    if content != (path.read_bytes() if path.is_file() else b""):
        write_whole(path, content) if content else path.unlink()
