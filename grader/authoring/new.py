"""A new assignment: a small one that works, with comments, for its author to change."""

from __future__ import annotations

import re
from pathlib import Path

from grader.core.errors import UsageError
from grader.files.atomic import write_whole

SCAFFOLDS = Path(__file__).parent / "scaffolds"
PLACES = {"assignment": "assignments", "solution": "solutions"}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def write_scaffold(name: str, form: str, folder: Path) -> list[Path]:
    """Write `assignments/<name>` and `solutions/<name>` into a folder; return the files.

    `form` is "package", "loose" or "notebook". Raises `UsageError` where the name will not do, or one of the two is
    there.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name}: not a name for an assignment; begin with a letter, then letters, digits, _ and -")
    for place in PLACES.values():
        if (folder / place / name).exists():
            raise UsageError(f"{folder / place / name}: exists already; choose another name")
    written = []
    for template in sorted((SCAFFOLDS / form).rglob("*")):
        if template.is_file() and "__pycache__" not in template.parts:
            part, *inside = template.relative_to(SCAFFOLDS / form).parts
            path = folder.joinpath(PLACES[part], name, *(each.replace("NAME", name) for each in inside))
            write_whole(path, template.read_text(encoding="utf-8").replace("NAME", name).encode())
            written.append(path)
    return written
