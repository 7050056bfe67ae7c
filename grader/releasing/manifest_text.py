"""`assignment.toml` as students get it: an allow-list of its keys, and of each rubric the points alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from grader.assignment.manifest import Manifest
from grader.assignment.provided import digests

GIVEN = {"title", "form", "package", "files", "notebook", "skip_calls", "provided", "requires", "limits", "late"}
RUBRIC = "Graded by hand."
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def students_manifest(manifest: Manifest, checks: Sequence[str] | None, provided: Mapping[str, bytes]) -> bytes:
    """The file for a release with these checks and provided files; with None for a folder that has all checks."""
    known: dict[str, Any] = manifest.model_dump(exclude_unset=True, include=GIVEN)
    questions = [
        {"id": each.id, "title": each.title, "prompt": each.prompt,
         "rubric": [{"points": sum(line.points for line in each.rubric), "text": RUBRIC}]}
        for each in manifest.questions
    ]  # fmt: skip
    release: dict[str, Any] = {"version": manifest.release.version}
    if checks is not None:
        release |= {"checks": list(checks), "provided": digests(provided)}
    return as_toml({**known, "release": release, "questions": questions}).encode()


def as_toml(table: Mapping[str, Any]) -> str:
    """A table of plain values, tables and lists as TOML; `tomllib` reads the same from it."""
    inner = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    lists = {name: value for name, value in table.items() if _is_of_tables(value)}
    lines = [_line(name, value) for name, value in table.items() if name not in (*inner, *lists)]
    for name, value in inner.items():
        lines += ["", f"[{_key(name)}]", *(_line(key, each) for key, each in value.items())]
    for name, value in lists.items():
        for row in value:
            lines += ["", f"[[{_key(name)}]]", *(_line(key, each) for key, each in row.items())]
    return "\n".join(lines) + "\n"


def _is_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _line(name: str, value: Any) -> str:
    return f"{_key(name)} = {_value(value)}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case Mapping():
            return f"{{ {', '.join(_line(name, each) for name, each in value.items())} }}" if value else "{}"
    return repr(value)


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
    return f'"{escaped}"'
