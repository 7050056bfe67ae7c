"""The newest release of each assignment that was checked on this machine, so that nobody works in an older folder.

releases.json, in the user's state folder    {title: {"version": number, "folder": where it was}}
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.assignment.manifest import Manifest
from grader.core.errors import UsageError
from grader.files.atomic import write_whole


@dataclass(frozen=True, slots=True)
class _Seen:
    version: int
    folder: str


def told_of_newer(folder: Path, manifest: Manifest) -> str:
    """A sentence where a newer release than the one in `folder` was seen here; else empty, and this one is noted."""
    path = _state() / "grader" / "releases.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        seen = {title: _Seen(int(each["version"]), str(each["folder"])) for title, each in found.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return f"{path}: damaged, so nobody knows whether there is a newer release of this folder; delete it"
    title, version = manifest.title, manifest.release.version
    newest = seen.get(title)
    if newest and newest.version > version:
        return f"this is version {version}, and version {newest.version} was seen in {newest.folder}; work there"
    if newest is None or newest.version < version:
        noted = {**seen, title: _Seen(version, str(folder))}
        content = json.dumps({title: asdict(each) for title, each in sorted(noted.items())}, indent=1)
        try:
            write_whole(path, content.encode())
        except (OSError, UsageError):  # a home that cannot be written to, as on some shared machines
            return ""
    return ""


def _state() -> Path:
    """Where programs of this user keep what they remember."""
    named = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(named) if named else Path.home() / ".local" / "state"
